"""Static checks for Celery code: reads code, runs nothing."""
