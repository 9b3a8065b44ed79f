import ssl

from celery import Celery

app = Celery(
    "shop",
    broker="rediss://localhost/0?ssl_cert_reqs=CERT_NONE",  # error: CS506
    backend="rediss://localhost/0?ssl_cert_reqs=none",  # error: CS506
)
app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_NONE}  # error: CS506
app.conf.redis_backend_use_ssl = {"ssl_cert_reqs": "none"}  # error: CS506
app.conf.update(broker_use_ssl=dict(cert_reqs=None))  # error: CS506
CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "ca.pem"}
CELERY_REDIS_BACKEND_USE_SSL = {"ssl_cert_reqs": "required"}
CELERY_BROKER_URL = "rediss://localhost/0?ssl_cert_reqs=CERT_REQUIRED"
OTHER = {"ssl_cert_reqs": ssl.CERT_NONE}
NONE = ssl.CERT_NONE
OPTIONS = {
    "ssl_cert_reqs": NONE,  # error: CS506
}
app.conf.broker_use_ssl = OPTIONS
