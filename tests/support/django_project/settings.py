import os

SECRET_KEY = "of a test"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DJANGO_DB"]}}
USE_TZ = True
CELERY_BROKER_URL = os.environ["BROKER"]
CELERY_RESULT_BACKEND = "file://" + os.environ["RESULTS"]
CELERY_TASK_TIME_LIMIT = 600
