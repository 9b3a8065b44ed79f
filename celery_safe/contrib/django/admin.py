"""The shelf in Django's admin: ``celery-safe messages list|show|replay|discard`` and ``why``.

Who may see messages needs the permission to view them, who discards them the one to delete them,
and who sends them again ``celery_safe.replay_storedmessage``. Nobody adds or edits one by hand.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html

from celery_safe import letters
from celery_safe.contrib.django._app import Unusable, project
from celery_safe.contrib.django.models import StoredMessage
from celery_safe.errors import Misfit
from celery_safe.whereabouts import whereabouts

#: How many messages one request may send or delete; more is for the command line.
AT_ONCE = 200
#: Periods of the filter by age, in seconds.
_PERIODS = {"hour": 3600, "day": 86400, "week": 7 * 86400}


class Since(admin.SimpleListFilter):
    """By the time since when it is on the shelf."""

    title = "age"
    parameter_name = "since"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [(name, f"the last {name}") for name in _PERIODS]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Narrowed."""
        if self.value() not in _PERIODS:
            return queryset
        return queryset.filter(created_at__gte=time.time() - _PERIODS[self.value()])


@admin.register(StoredMessage)
class StoredMessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg,unused-ignore] # generic in stubs only
    """What is on the shelf."""

    list_display = ("task", "kind", "why_here", "since", "task_id", "routing_key", "attempts")
    list_filter = ("kind", Since, "routing_key")
    search_fields = ("id__startswith", "task_id__startswith", "task", "reason", "error")
    search_help_text = "How an id begins, or a part of the task's name, the reason or the error"
    ordering = ("-created_at", "id")
    list_per_page = 50
    show_full_result_count = False
    actions = ("replay", "discard")
    fields = ("task", "task_id", "kind", "routing_key", "since", "due", "attempts", "reason", "call",
              "misfit", "origin", "details", "traceback")  # fmt: skip
    readonly_fields = fields

    def has_add_permission(self, request: Any) -> bool:
        """Nobody: messages come from the app."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody: see :meth:`replay` for what can be mended."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Not by Django's own pages, which would delete what is just being published."""
        return False

    def has_discard_permission(self, request: Any) -> bool:
        """Whether the user may discard."""
        return bool(request.user.has_perm("celery_safe.delete_storedmessage"))

    def has_replay_permission(self, request: Any) -> bool:
        """Whether the user may send messages again."""
        return bool(request.user.has_perm("celery_safe.replay_storedmessage"))

    def get_queryset(self, request: Any) -> Any:
        """The messages in the store's database."""
        try:
            return super().get_queryset(request).using(project().using)
        except Unusable:
            return super().get_queryset(request).none()

    def get_urls(self) -> list[Any]:
        """With the page of one task."""
        why = self.admin_site.admin_view(self.why_view)
        return [path("why/", why, name="celery_safe_storedmessage_why"), *super().get_urls()]

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        """The list; says why it cannot be one."""
        try:
            project()
        except Unusable as error:
            messages.error(request, str(error))
        return super().changelist_view(request, extra_context)

    def change_view(self, request: Any, object_id: Any, *args: Any, **kwargs: Any) -> Any:
        """One message, with what can be done about it."""
        allowed = {
            "replay": self.has_replay_permission(request),
            "discard": self.has_discard_permission(request),
        }
        tools = [(name, name.capitalize()) for name, is_allowed in allowed.items() if is_allowed]
        kwargs["extra_context"] = {**(kwargs.get("extra_context") or {}), "tools": tools}
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.display(description="on the shelf since", ordering="created_at")
    def since(self, row: Any) -> datetime:
        """When it was put there."""
        return datetime.fromtimestamp(row.created_at, timezone.utc)

    @admin.display(description="due")
    def due(self, row: Any) -> datetime | None:
        """When it is sent by itself, or never."""
        return None if row.due_at is None else datetime.fromtimestamp(row.due_at, timezone.utc)

    @admin.display(description="reason")
    def why_here(self, row: Any) -> str:
        """The beginning of the reason."""
        return str(row.reason)[:120]

    def _described(self, row: Any) -> dict[str, Any]:
        site = project()
        entry = site.store.get(row.id)
        return {} if entry is None else letters.described(site.app, entry)

    @admin.display(description="arguments")
    def call(self, row: Any) -> str:
        """The call, without what looks like a secret."""
        known = self._described(row)
        return _pre(json.dumps([known.get("args"), known.get("kwargs")], indent=2, default=str))

    @admin.display(description="does it fit today's task?")
    def misfit(self, row: Any) -> str:
        """What today's task would refuse."""
        return str(self._described(row).get("misfit") or "yes")

    @admin.display(description="root and replays")
    def origin(self, row: Any) -> str:
        """Where it comes from."""
        known = self._described(row)
        again = known.get(letters.REPLAYED_FROM)
        return f"root {known.get('root_id')}" + (f", replayed from {again}" if again else "")

    @admin.display(description="error")
    def traceback(self, row: Any) -> str:
        """The traceback."""
        return _pre(row.error)

    @admin.action(description="Replay: send again, as a new task", permissions=["replay"])
    def replay(self, request: Any, queryset: Any) -> Any:
        """Send messages again, after a look at which of them would fail."""
        given = request.POST.get("changes", ""), request.POST.get("without", "")
        try:
            lines = [line.strip() for line in given[0].splitlines() if line.strip()]
            changes = dict(map(letters.parse_change, lines))
        except ValueError as error:
            messages.error(request, str(error))
            return self._confirm(request, queryset, "replay", given)
        without = given[1].split()
        if "confirm" not in request.POST:
            return self._confirm(request, queryset, "replay", given, changes, without)
        site, sent = project(), 0
        for entry in self._entries(request, queryset):
            begun = time.monotonic()
            task = f"{entry.message.task}[{entry.message.task_id}]"
            try:
                letters.replay(site.app, entry, changes, without, by=_who(request))
                sent += 1
            except Misfit as error:
                messages.warning(request, f"{task} not sent: {error}")
            except Exception as error:  # noqa: BLE001 (of any broker's driver; the others stay too)
                messages.error(request, f"{task} not sent, and none after it: {error!r}")
                break
            time.sleep(max(0.0, 1 / site.rate - (time.monotonic() - begun)))
        messages.info(request, f"{sent} sent")
        return None

    @admin.action(description="Discard: delete for good", permissions=["discard"])
    def discard(self, request: Any, queryset: Any) -> Any:
        """Delete messages, after a question."""
        if "confirm" not in request.POST:
            return self._confirm(request, queryset, "discard", ("", ""))
        site = project()
        entries = self._entries(request, queryset)
        gone = sum(letters.discard(site.app, entry, by=_who(request)) for entry in entries)
        messages.info(request, f"{gone} deleted")
        if gone < len(entries):
            left = len(entries) - gone
            messages.warning(request, f"{left} are being published right now, or are gone already")
        return None

    def _entries(self, request: Any, queryset: Any) -> list[Any]:
        ids = list(
            queryset.order_by("created_at", "id").values_list("id", flat=True)[: AT_ONCE + 1]
        )
        if len(ids) > AT_ONCE:
            messages.error(
                request,
                f"No more than {AT_ONCE} at once; for more: `celery-safe messages replay` and "
                "`discard`, with filters and at a rate",
            )
            return []
        return [entry for i in ids if (entry := project().store.get(i)) is not None]

    def _confirm(
        self, request: Any, queryset: Any, action: str, given: tuple[str, str],
        changes: Any = None, without: Any = (),
    ) -> Any:  # fmt: skip
        entries = self._entries(request, queryset)
        if not entries:
            return None
        rows = []
        for entry in entries:
            row = {"id": entry.id, "task": entry.message.task, "reason": entry.reason,
                   "task_id": entry.message.task_id, "misfit": None}  # fmt: skip
            if action == "replay":
                try:
                    letters.replayed(project().app, entry, changes, without)
                except Misfit as error:
                    row["misfit"] = str(error)
            rows.append(row)
        explanation = {
            "replay": "These calls are sent again: new task ids, the same roots.",
            "discard": "These messages are deleted for good.",
        }[action]
        context = {
            **self.admin_site.each_context(request), "title": action.capitalize(), "rows": rows,
            "action": action, "explanation": explanation, "can_change": action == "replay",
            "changes": given[0], "without": given[1], "opts": self.model._meta,
        }  # fmt: skip
        return TemplateResponse(request, "celery_safe/confirm.html", context)

    def why_view(self, request: Any) -> Any:
        """All that is known of one task."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        task_id = request.GET.get("task_id", "").strip()
        facts: list[Any] = []
        if task_id:
            try:
                facts = list(whereabouts(project().app, task_id))
            except Unusable as error:
                messages.error(request, str(error))
        context = {
            **self.admin_site.each_context(request), "title": "Where is a task?", "facts": facts,
            "task_id": task_id, "is_known": any(fact.known for fact in facts),
        }  # fmt: skip
        return TemplateResponse(request, "celery_safe/why.html", context)


def _pre(text: str) -> str:
    return str(format_html('<pre style="white-space: pre-wrap">{}</pre>', text))


def _who(request: Any) -> str:
    return f"{request.user.get_username()} in the admin"
