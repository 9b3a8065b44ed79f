from celery import Celery

HOURS = 3600
app = Celery("shop", broker="redis://localhost")
app.conf.broker_transport_options = {"visibility_timeout": 10}  # error: CS509
app.conf.update(broker_transport_options={"visibility_timeout": 0.5 * 60})  # error: CS509
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5}
BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * HOURS}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 10}
SHORT = 30
CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = SHORT  # error: CS509
app.conf.broker_transport_options["visibility_timeout"] = 5  # error: CS509
app.conf.broker_transport_options["visibility_timeout"] = HOURS
app.conf.broker_transport_options = dict(visibility_timeout=SHORT)  # error: CS509
