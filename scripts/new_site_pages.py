"""An index of the knowledge base at /help/, as an editor would make it: manage.py shell < this."""

from wagtail.models import Site

from wagtail_escalated.kb.models import KnowledgeBaseIndexPage

home = Site.objects.get(is_default_site=True).root_page
home.add_child(instance=KnowledgeBaseIndexPage(title="Help", slug="help"))
