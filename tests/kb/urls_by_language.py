"""As a site with several languages has it: each below its code."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls

from tests.urls import urlpatterns as every

urlpatterns = [*every[:-1], *i18n_patterns(path("", include(wagtail_urls)))]
