from celery import Celery

app = Celery("shop")
app.conf.result_backend_transport_options = {
    "visibility_timeout": 43200,  # error: CS508
    "fanout_prefix": True,  # error: CS508
    "global_keyprefix": "shop",
    "retry_policy": {"timeout": 5.0},
    "socket_timeout": 5,
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 43200}  # error: CS508
app.conf.broker_transport_options = {"socket_timeout": 5}
app.conf.visibility_timeout = 43200  # error: CS508
app.conf.update(visibility_timeout=43200)  # error: CS508
VISIBILITY_TIMEOUT = 43200
CELERY_VISIBILITY_TIMEOUT = 43200
