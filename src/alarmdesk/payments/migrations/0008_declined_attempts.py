from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_sent_forms")]

    operations = [
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                fields=["company", "created_at"],
                condition=models.Q(("state", "declined")),
                name="payments_attempt_declined",
            ),
        ),
    ]
