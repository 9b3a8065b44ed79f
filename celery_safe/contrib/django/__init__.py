"""The Django app: the message store's tables with their migrations, and its pages in the admin.

Add ``"celery_safe.contrib.django"`` to ``INSTALLED_APPS``.
"""
