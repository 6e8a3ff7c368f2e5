"""Below the desk's prefix, where ``UI_ENABLED``; downloads stand in ``download_urls``, always."""

from django.urls import path

from . import branding, conversing, linking, listing, mail_choices, submitting, surveys
from .seats import for_customer, for_guest

urlpatterns = [
    path("tickets/", listing.my_tickets, name="tickets"),
    path("tickets/new/", submitting.new_ticket, name="ticket_new"),
    path("tickets/new/suggestions/", submitting.suggestions, name="ticket_suggestions"),
    path("tickets/<str:reference>/", for_customer(conversing.show), name="ticket_conversation"),
    path("tickets/<str:reference>/reply/", for_customer(conversing.reply), name="ticket_reply"),
    path("tickets/<str:reference>/close/", for_customer(conversing.close), name="ticket_close"),
    path("tickets/<str:reference>/reopen/", for_customer(conversing.reopen), name="ticket_reopen"),
    path("tickets/<str:reference>/rate/", for_customer(conversing.rate), name="ticket_rate"),
    path("tickets/<str:reference>/follow/", for_customer(conversing.follow), name="ticket_follow"),
    path(
        "tickets/<str:reference>/unfollow/",
        for_customer(conversing.unfollow),
        name="ticket_unfollow",
    ),
    path("mail/", mail_choices.mine, name="mail_choices"),
    path("mail/<str:token>/", mail_choices.by_link, name="mail_choices_link"),
    path("mail/<str:token>/off/<slug:kind>/", mail_choices.switch_off, name="mail_off"),
    path("survey/<str:token>/", surveys.survey, name="survey"),
    path("guest/", linking.request_link, name="guest"),
    path("guest/<str:token>/", for_guest(conversing.show), name="guest_conversation"),
    path("guest/<str:token>/reply/", for_guest(conversing.reply), name="guest_reply"),
    path("guest/<str:token>/close/", for_guest(conversing.close), name="guest_close"),
    path("guest/<str:token>/reopen/", for_guest(conversing.reopen), name="guest_reopen"),
    path("guest/<str:token>/rate/", for_guest(conversing.rate), name="guest_rate"),
    path("guest/<str:token>/claim/", for_guest(conversing.claim), name="guest_claim"),
    path(
        "guest/<str:token>/files/<uuid:uuid>/", for_guest(conversing.file), name="guest_attachment"
    ),
    path("brand.css", branding.brand_css, name="brand_css"),
]
