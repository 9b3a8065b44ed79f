from django.db import migrations
from shop.tasks import reindex


def forwards(apps, schema_editor):
    reindex.delay()  # error: CS214
    reindex.apply_async(countdown=60)  # error: CS214
    reindex()


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards)]
