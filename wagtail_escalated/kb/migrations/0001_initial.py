
import django.core.validators
import django.db.models.deletion
import wagtail.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtail_escalated', '0001_initial'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CategoryPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('description', models.TextField(blank=True, max_length=300, verbose_name='description')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
            },
            bases=('wagtailcore.page', models.Model),
        ),
        migrations.CreateModel(
            name='KnowledgeBaseIndexPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('intro', models.TextField(blank=True, max_length=500, verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'knowledge base',
                'verbose_name_plural': 'knowledge bases',
            },
            bases=('wagtailcore.page', models.Model),
        ),
        migrations.CreateModel(
            name='ArticlePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('summary', models.TextField(blank=True, help_text='One or two sentences: shown in results, and by search engines.', max_length=300, verbose_name='summary')),
                ('other_words', models.TextField(blank=True, help_text="What people call this who don't know our words for it. One a line.", max_length=1000, verbose_name='other words for it')),
                ('body', wagtail.fields.StreamField([('text', 0), ('steps', 7), ('picture', 9), ('video', 12), ('callout', 15), ('code', 19), ('table', 23), ('download', 26), ('questions', 31), ('related', 34), ('need_help', 36)], blank=True, block_lookup={0: ('wagtail_escalated.kb.blocks.TextBlock', (), {}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Heading', 'max_length': 200, 'required': False}), 2: ('wagtail.blocks.CharBlock', (), {'label': 'What to do', 'max_length': 200}), 3: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'document-link', 'code', 'ul'], 'label': 'Details', 'required': False}), 4: ('wagtail.images.blocks.ImageBlock', [], {'label': 'Picture'}), 5: ('wagtail.blocks.StructBlock', [[('title', 2), ('text', 3), ('image', 4)]], {}), 6: ('wagtail.blocks.ListBlock', (5,), {'label': 'Steps', 'min_num': 1}), 7: ('wagtail.blocks.StructBlock', [[('title', 1), ('steps', 6)]], {}), 8: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 300, 'required': False}), 9: ('wagtail.blocks.StructBlock', [[('image', 4), ('caption', 8)]], {}), 10: ('wagtail.embeds.blocks.EmbedBlock', (), {'label': 'Address of the video'}), 11: ('wagtail.blocks.CharBlock', (), {'help_text': "Names the video for those who don't see it.", 'label': 'What it shows', 'max_length': 300}), 12: ('wagtail.blocks.StructBlock', [[('video', 10), ('caption', 11)]], {}), 13: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('note', 'Note'), ('tip', 'Tip'), ('warning', 'Warning')], 'label': 'Kind'}), 14: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'document-link', 'code', 'ol', 'ul'], 'label': 'Text'}), 15: ('wagtail.blocks.StructBlock', [[('kind', 13), ('text', 14)]], {}), 16: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 200, 'required': False}), 17: ('wagtail.blocks.CharBlock', (), {'label': 'Language', 'max_length': 30, 'required': False}), 18: ('wagtail.blocks.TextBlock', (), {'label': 'Code'}), 19: ('wagtail.blocks.StructBlock', [[('caption', 16), ('language', 17), ('code', 18)]], {}), 20: ('wagtail.blocks.TextBlock', (), {'help_text': 'One row a line, cells divided by | or pasted from a spreadsheet.', 'label': 'Rows'}), 21: ('wagtail.blocks.BooleanBlock', (), {'default': True, 'label': 'The first row is a heading', 'required': False}), 22: ('wagtail.blocks.BooleanBlock', (), {'label': 'The first column is a heading', 'required': False}), 23: ('wagtail.blocks.StructBlock', [[('caption', 16), ('cells', 20), ('header_row', 21), ('header_column', 22)]], {}), 24: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'File'}), 25: ('wagtail.blocks.CharBlock', (), {'label': 'Text of the link', 'max_length': 200, 'required': False}), 26: ('wagtail.blocks.StructBlock', [[('document', 24), ('text', 25)]], {}), 27: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 300}), 28: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link', 'document-link', 'code', 'ol', 'ul'], 'label': 'Answer'}), 29: ('wagtail.blocks.StructBlock', [[('question', 27), ('answer', 28)]], {}), 30: ('wagtail.blocks.ListBlock', (29,), {'label': 'Questions', 'min_num': 1}), 31: ('wagtail.blocks.StructBlock', [[('title', 1), ('questions', 30)]], {}), 32: ('wagtail.blocks.PageChooserBlock', (), {}), 33: ('wagtail.blocks.ListBlock', (32,), {'label': 'Articles', 'min_num': 1}), 34: ('wagtail.blocks.StructBlock', [[('title', 1), ('pages', 33)]], {}), 35: ('wagtail.blocks.CharBlock', (), {'label': 'Text', 'max_length': 300, 'required': False}), 36: ('wagtail.blocks.StructBlock', [[('text', 35)]], {})}, verbose_name='body')),
                ('review_on', models.DateField(blank=True, help_text='When it should be read again.', null=True, verbose_name='review on')),
                ('maintainer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='looked after by')),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
            },
            bases=('wagtailcore.page', models.Model),
        ),
        migrations.CreateModel(
            name='KnowledgeBaseSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enabled', models.BooleanField(default=True, help_text='Off: none of its pages, searches or suggestions answers.', verbose_name='knowledge base on')),
                ('audience', models.CharField(choices=[('public', 'Everybody'), ('logged_in', 'People who are logged in')], default='public', max_length=10, verbose_name='who may read it')),
                ('feedback', models.BooleanField(default=True, verbose_name='ask whether an article helped')),
                ('offer_contact', models.BooleanField(default=True, help_text='Shows “Still need help?” below articles and results.', verbose_name='lead to the support form')),
                ('hold_out_percent', models.PositiveSmallIntegerField(default=0, help_text='So many in a hundred visitors get no suggestions while they write a request: only then the report can tell how many requests the suggestions spare. 0 shows them to everybody.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='without suggestions (%)')),
                ('keep_statistics_days', models.PositiveIntegerField(default=365, help_text='Searches, clicks and views are counted per day, without who made them.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='keep statistics (days)')),
                ('site', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, to='wagtailcore.site')),
            ],
            options={
                'verbose_name': 'knowledge base',
            },
        ),
        migrations.CreateModel(
            name='Lexicon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('articles', models.PositiveIntegerField(default=0)),
                ('length', models.PositiveBigIntegerField(default=0)),
                ('version', models.PositiveBigIntegerField(default=0)),
                ('locale', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_lexicon', to='wagtailcore.locale')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ArticleText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision_id', models.BigIntegerField(null=True)),
                ('title_terms', models.TextField(blank=True)),
                ('other_terms', models.TextField(blank=True)),
                ('body_terms', models.TextField(blank=True)),
                ('length', models.PositiveIntegerField(default=0)),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('vector', models.BinaryField(null=True)),
                ('page', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_text', to='wagtailcore.page')),
                ('lexicon', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='wagtail_escalated_kb.lexicon')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SearchDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('source', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=64)),
                ('query', models.CharField(max_length=200, verbose_name='searched for')),
                ('searches', models.PositiveIntegerField(default=0)),
                ('without_result', models.PositiveIntegerField(default=0)),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('tickets', models.PositiveIntegerField(default=0)),
                ('locale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.locale')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.site')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SearchClick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_clicks', to='wagtailcore.page')),
                ('search', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clicked', to='wagtail_escalated_kb.searchday')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SuggestionDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('held_out', models.BooleanField()),
                ('asked', models.PositiveIntegerField(default=0)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('read', models.PositiveIntegerField(default=0)),
                ('solved', models.PositiveIntegerField(default=0)),
                ('sent', models.PositiveIntegerField(default=0)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.site')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=40)),
                ('articles', models.PositiveIntegerField(default=0)),
                ('titles', models.PositiveIntegerField(default=0)),
                ('lexicon', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='wagtail_escalated_kb.lexicon')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Spelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=40)),
                ('head', models.CharField(max_length=3)),
                ('lexicon', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_escalated_kb.lexicon')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spellings', to='wagtail_escalated_kb.term')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TicketTrail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.JSONField(default=dict)),
                ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='article_trail', to='wagtail_escalated.ticket')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Vote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visitor', models.CharField(max_length=64)),
                ('helpful', models.BooleanField(verbose_name='helpful')),
                ('comment', models.TextField(blank=True, max_length=2000, verbose_name='comment')),
                ('source', models.CharField(max_length=20)),
                ('revision_id', models.BigIntegerField(null=True)),
                ('voted_at', models.DateTimeField(verbose_name='voted')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_votes', to='wagtailcore.page')),
                ('seen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'vote',
                'verbose_name_plural': 'votes',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ArticleDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('source', models.CharField(max_length=20)),
                ('views', models.PositiveIntegerField(default=0)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_days', to='wagtailcore.page')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['day'], name='esc_kb_article_day')],
                'constraints': [models.UniqueConstraint(fields=('page', 'day', 'source'), name='esc_kb_day_once')],
            },
        ),
        migrations.CreateModel(
            name='Citation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision_id', models.BigIntegerField(null=True)),
                ('cited_at', models.DateTimeField(verbose_name='cited')),
                ('is_origin', models.BooleanField(default=False)),
                ('cited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalated_citations', to='wagtailcore.page')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='article_citations', to='wagtail_escalated.ticket')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('ticket', 'page'), name='esc_kb_citation_once')],
            },
        ),
        migrations.AddIndex(
            model_name='searchday',
            index=models.Index(fields=['day'], name='esc_kb_search_day'),
        ),
        migrations.AddConstraint(
            model_name='searchday',
            constraint=models.UniqueConstraint(fields=('site', 'locale', 'day', 'source', 'key'), name='esc_kb_search_once'),
        ),
        migrations.AddConstraint(
            model_name='searchclick',
            constraint=models.UniqueConstraint(fields=('search', 'page'), name='esc_kb_click_once'),
        ),
        migrations.AddConstraint(
            model_name='suggestionday',
            constraint=models.UniqueConstraint(fields=('site', 'day', 'held_out'), name='esc_kb_suggestion_day_once'),
        ),
        migrations.AddConstraint(
            model_name='term',
            constraint=models.UniqueConstraint(fields=('lexicon', 'text'), name='esc_kb_term_once'),
        ),
        migrations.AddIndex(
            model_name='spelling',
            index=models.Index(fields=['lexicon', 'head'], name='esc_kb_spelling_head'),
        ),
        migrations.AddConstraint(
            model_name='spelling',
            constraint=models.UniqueConstraint(fields=('lexicon', 'text'), name='esc_kb_spelling_once'),
        ),
        migrations.AddConstraint(
            model_name='vote',
            constraint=models.UniqueConstraint(fields=('page', 'visitor'), name='esc_kb_vote_once'),
        ),
    ]
