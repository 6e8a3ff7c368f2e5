from django.urls import path

from wagtail_escalated.mail import health, views

urlpatterns = [
    path("inbound", views.inbound, name="webhook_inbound"),
    path("status", views.status, name="webhook_status"),
    path("health", health.view, name="webhook_health"),
]
