from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("commissioning", "0006_governance")]

    operations = [
        migrations.AddField(model_name="target", name="place_code", field=models.CharField(blank=True, max_length=20))
    ]
