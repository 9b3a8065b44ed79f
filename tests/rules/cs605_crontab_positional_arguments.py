from celery.schedules import crontab
from shop import crontab as other

VALUES = (0, 2, 1)
a = crontab(0, 2, "*", 1)  # error: CS605
b = crontab("0", "2", "*", "*", "1")  # error: CS605
c = crontab(0, 2, 1)  # error: CS605
d = crontab(0, 2, 1, month_of_year=5)  # error: CS605
e = crontab(0, 2)
f = crontab(0, 2, "*", "*", "*")
g = crontab(0, 2, day_of_week=1)
h = crontab(*VALUES)
i = other(0, 2, "*", 1)
