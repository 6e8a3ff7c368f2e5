"""What an article is made of."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.embeds.blocks import EmbedBlock
from wagtail.images.blocks import ImageBlock

from .table import rows_of

RICH_TEXT = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "hr", "link", "document-link", "code"]
PLAIN_TEXT = ["bold", "italic", "link", "document-link", "code"]


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(**{"features": RICH_TEXT, **kwargs})

    class Meta:
        label = _("Text")
        icon = "pilcrow"
        template = "wagtail_escalated_kb/blocks/text.html"


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("What to do"), max_length=200)
    text = blocks.RichTextBlock(label=_("Details"), features=[*PLAIN_TEXT, "ul"], required=False)
    image = ImageBlock(label=_("Picture"), required=False)

    class Meta:
        label = _("Step")
        icon = "list-ol"


class StepsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Heading"), max_length=200, required=False)
    steps = blocks.ListBlock(StepBlock(), label=_("Steps"), min_num=1)

    class Meta:
        label = _("Steps")
        icon = "list-ol"
        template = "wagtail_escalated_kb/blocks/steps.html"


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), max_length=300, required=False)

    class Meta:
        label = _("Picture")
        icon = "image"
        template = "wagtail_escalated_kb/blocks/picture.html"


class VideoBlock(blocks.StructBlock):
    video = EmbedBlock(label=_("Address of the video"))
    caption = blocks.CharBlock(
        label=_("What it shows"),
        max_length=300,
        help_text=_("Names the video for those who don't see it."),
    )

    class Meta:
        label = _("Video")
        icon = "media"
        template = "wagtail_escalated_kb/blocks/video.html"


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[("note", _("Note")), ("tip", _("Tip")), ("warning", _("Warning"))],
        default="note",
    )
    text = blocks.RichTextBlock(label=_("Text"), features=[*PLAIN_TEXT, "ol", "ul"])

    class Meta:
        label = _("Callout")
        icon = "info-circle"
        template = "wagtail_escalated_kb/blocks/callout.html"


class NameBlock(blocks.CharBlock):
    """The same in every language."""

    def get_translatable_segments(self, value):
        """wagtail-localize asks for the strings in it: none, so it stays as the original has it."""
        return []

    def deconstruct(self):
        """What is stored is the same, so migrations don't tell them apart."""
        return ("wagtail.blocks.CharBlock", *super().deconstruct()[1:])


class CodeBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label=_("Caption"), max_length=200, required=False)
    language = NameBlock(label=_("Language"), max_length=30, required=False)
    code = blocks.TextBlock(label=_("Code"))

    class Meta:
        label = _("Code")
        icon = "code"
        template = "wagtail_escalated_kb/blocks/code.html"


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label=_("Caption"), max_length=200, required=False)
    cells = blocks.TextBlock(
        label=_("Rows"),
        help_text=_("One row a line, cells divided by | or pasted from a spreadsheet."),
    )
    header_row = blocks.BooleanBlock(
        label=_("The first row is a heading"), default=True, required=False
    )
    header_column = blocks.BooleanBlock(label=_("The first column is a heading"), required=False)

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        rows = rows_of(value.get("cells") or "")
        head = rows[:1] if value.get("header_row") else []
        return {**context, "head": head, "rows": rows[len(head) :]}

    class Meta:
        label = _("Table")
        icon = "table"
        template = "wagtail_escalated_kb/blocks/table.html"


class DownloadBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("File"))
    text = blocks.CharBlock(label=_("Text of the link"), max_length=200, required=False)

    class Meta:
        label = _("Download")
        icon = "download"
        template = "wagtail_escalated_kb/blocks/download.html"


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=300)
    answer = blocks.RichTextBlock(label=_("Answer"), features=[*PLAIN_TEXT, "ol", "ul"])

    class Meta:
        label = _("Question")
        icon = "help"


class QuestionsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Heading"), max_length=200, required=False)
    questions = blocks.ListBlock(QuestionBlock(), label=_("Questions"), min_num=1)

    class Meta:
        label = _("Questions and answers")
        icon = "help"
        template = "wagtail_escalated_kb/blocks/questions.html"


class RelatedBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Heading"), max_length=200, required=False)
    pages = blocks.ListBlock(blocks.PageChooserBlock(), label=_("Articles"), min_num=1)

    def get_context(self, value, parent_context=None):
        from .navigation import Reading

        context = super().get_context(value, parent_context)
        chosen, request = [page for page in value.get("pages", ()) if page], context.get("request")
        if not chosen or request is None:
            return {**context, "articles": []}
        return {**context, "articles": Reading(request).related(chosen, context.get("page"))}

    class Meta:
        label = _("Related articles")
        icon = "link"
        template = "wagtail_escalated_kb/blocks/related.html"


class NeedHelpBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("Text"), max_length=300, required=False)

    class Meta:
        label = _("Still need help?")
        icon = "mail"
        template = "wagtail_escalated_kb/blocks/need_help.html"


class ArticleBlocks(blocks.StreamBlock):
    """All of them. A site that wants its own subclasses this and sets `body` of its article."""

    text = TextBlock()
    steps = StepsBlock()
    picture = PictureBlock()
    video = VideoBlock()
    callout = CalloutBlock()
    code = CodeBlock()
    table = TableBlock()
    download = DownloadBlock()
    questions = QuestionsBlock()
    related = RelatedBlock()
    need_help = NeedHelpBlock()
