"""The request of a running task, as a type checker sees it."""

from typing import Any

class Context:
    """The request of a running task: ``self.request``."""

    id: str | None
    args: list[Any] | None
    kwargs: dict[str, Any] | None
    retries: int
    is_eager: bool
    called_directly: bool
    root_id: str | None
    parent_id: str | None
    group: str | None
    group_index: int | None
    correlation_id: str | None
    reply_to: str | None
    hostname: str | None
    delivery_info: dict[str, Any] | None
    headers: dict[str, Any] | None
    properties: dict[str, Any] | None
    origin: str | None
    eta: str | None
    expires: str | None
    timelimit: tuple[float | None, float | None] | None
    shadow: str | None
    ignore_result: bool
    callbacks: list[Any] | None
    errbacks: list[Any] | None
    chain: list[Any] | None
    chord: Any
    children: list[Any]
    utc: bool | None
    stamped_headers: list[str] | None
    stamps: dict[str, Any] | None
    def get(self, key: str, default: Any = None) -> Any: ...
