from django.db import migrations, models

import commonweal.web.finance.models


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_challenges")]

    operations = [
        migrations.AddField(
            model_name="schemerecord",
            name="investments",
            field=models.JSONField(default=commonweal.web.finance.models.empty_list),
        )
    ]
