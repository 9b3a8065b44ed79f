import celery.schedules
from celery import schedules
from celery.schedules import crontab
from celery.schedules import crontab as cron
from celery.task.schedules import crontab as of_celery_4
from other import crontab as foreign

options = {"minute": 0}

crontab(hour=3)  # error: CS601
crontab(hour="*/2", day_of_week="mon")  # error: CS601
crontab(day_of_month=1)  # error: CS601
cron(hour=3)  # error: CS601
schedules.crontab(hour=3)  # error: CS601
celery.schedules.crontab(hour=3)  # error: CS601
of_celery_4(hour=3)  # error: CS601

crontab()
crontab(0, 3)
crontab(minute=0, hour=3)
crontab(minute="*", hour=3)
crontab(hour="*")
crontab(hour=3, **options)
foreign(hour=3)


def local(crontab):
    return crontab(hour=3)


STAR = "*"
NIGHT = {"hour": 3}
crontab(hour=STAR)
crontab(**NIGHT)  # error: CS601
crontab(**{**NIGHT, "minute": 0})
