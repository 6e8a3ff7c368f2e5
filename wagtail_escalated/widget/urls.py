"""Below ``widget/``; included by the desk where the app is installed."""

from django.urls import path

from . import tickets, views

urlpatterns = [
    path("widget.js", views.script, name="widget_script"),
    path("proof.js", views.solver, name="widget_proof"),
    path("config", views.configuration, name="widget_config"),
    path("articles", views.search, name="widget_search"),
    path("articles/<int:pk>", views.article, name="widget_article"),
    path("articles/<int:pk>/feedback", views.feedback, name="widget_feedback"),
    path("tickets", tickets.submit, name="widget_submit"),
    path("tickets/<str:reference>", tickets.ticket, name="widget_ticket"),
    path("tickets/<str:reference>/replies", tickets.reply, name="widget_reply"),
    path("tickets/<str:reference>/files/<uuid:uuid>", tickets.file, name="widget_file"),
]
