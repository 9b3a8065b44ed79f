"""Facts about Celery, generated from an installed one, so that the checker never imports it."""
