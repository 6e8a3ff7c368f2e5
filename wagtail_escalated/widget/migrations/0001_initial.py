
import django.core.validators
import django.db.models.deletion
import wagtail.models.preview
import wagtail_escalated.widget.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='WidgetSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enabled', models.BooleanField(default=True, help_text='Off: no address of the widget answers any more.', verbose_name='widget on')),
                ('allowed_origins', models.TextField(blank=True, help_text='One origin a line, e.g. https://shop.example.com. This site itself always may.', verbose_name='other sites that may show it')),
                ('title', models.CharField(blank=True, help_text='Empty: “How can we help?”', max_length=60, verbose_name='title')),
                ('greeting', models.CharField(blank=True, max_length=200, verbose_name='greeting')),
                ('closed_text', models.CharField(blank=True, help_text='Empty: a sentence that says you are away and will answer.', max_length=300, verbose_name='text outside business hours')),
                ('colour', models.CharField(blank=True, help_text="As #rrggbb. Empty: the support desk's colour.", max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Write it as #rrggbb.')], verbose_name='colour')),
                ('position', models.CharField(choices=[('end', 'Where lines end (bottom right in English)'), ('start', 'Where lines begin (bottom left in English)')], default='end', max_length=5, verbose_name='position')),
                ('theme', models.CharField(choices=[('auto', "As the visitor's system"), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=5, verbose_name='light or dark')),
                ('secret', models.CharField(blank=True, default=wagtail_escalated.widget.models.new_secret, help_text="Your server signs a visitor's address with it. Empty it to get a new one.", max_length=64, verbose_name='secret for identified visitors')),
                ('site', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, to='wagtailcore.site')),
            ],
            options={
                'verbose_name': 'support widget',
                'verbose_name_plural': 'support widgets',
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
    ]
