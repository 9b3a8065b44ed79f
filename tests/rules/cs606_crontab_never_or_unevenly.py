from celery.schedules import crontab

HOUR = 25
a = crontab(minute=60)  # error: CS606
b = crontab(minute=0, hour=24)  # error: CS606
c = crontab(minute=0, hour=0, day_of_week=7)  # error: CS606
d = crontab(minute=0, hour=0, day_of_month=0)  # error: CS606
e = crontab(minute=0, hour=0, month_of_year="13")  # error: CS606
f = crontab(minute="5-70")  # error: CS606
g = crontab(minute="0/15")  # error: CS606
h = crontab(minute="")  # error: CS606
i = crontab(minute=[0, 60])  # error: CS606
j = crontab(minute=0, hour=0, day_of_month=30, month_of_year=2)  # error: CS606
k = crontab(minute=0, hour=0, day_of_month="31", month_of_year="4,6")  # error: CS606
m = crontab(minute="*/45")  # error: CS606
n = crontab(minute="*/90")  # error: CS606
o = crontab(minute=0, hour="*/48")  # error: CS606
p = crontab(minute="*/25")  # error: CS606
q = crontab(61)  # error: CS606
r = crontab(minute=-1)  # error: CS606
s = crontab(minute="1-5/0")  # error: CS606
t = crontab(minutes=5)  # error: CS606
u = crontab(hours="*/2", minute=0)  # error: CS606

right = [
    crontab(),
    crontab(minute="*/15", hour="*/6", day_of_week="mon-fri"),
    crontab(minute="*/7"),
    crontab(minute="*/60"),
    crontab(minute="0,30", hour="22-4", day_of_week="fri-mon", month_of_year="jan,JULY"),
    crontab(minute="1-59/5,0", hour={0, 12}, day_of_week="Sunday,3"),
    crontab(minute=0, hour=HOUR),  # error: CS606
    crontab(minute=0, **{"hour": 24}),  # error: CS606
    crontab(minute=0, hour=UNKNOWN),
    crontab(minute=""),  # error: CS606
    crontab(minute=0, hour=0, day_of_month=29, month_of_year=2),
    crontab(minute=0, hour=0, day_of_month="30,1", month_of_year=2),
    crontab(minute=0, hour=0, day_of_month="*/2"),
    crontab(minute="1-59/45"),
    crontab(minute=0, hour=3, nowfun=None),
    crontab(minute=f"*/{HOUR}"),  # error: CS606
]
