import logging

from celery.utils import log
from celery.utils.log import get_task_logger

logger = logging.getLogger(__name__)
task_logger = get_task_logger(__name__)  # error: CS119
audit = logging.getLogger("shop.audit")
again = log.get_task_logger("shop.audit")  # error: CS119
other = get_task_logger("shop.tasks")
plain = logging.getLogger("shop")
computed = get_task_logger(f"{__name__}.tasks")
root = logging.getLogger()
mine = own.get_task_logger(__name__)


def inside():
    return logging.getLogger("shop.tasks")
