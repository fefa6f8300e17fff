"""Accounts are made by an administrator. Nobody signs up, by form or by identity provider."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from commonweal.web.accounts.models import User
from commonweal.web.audit import services as audit


class StaffOnly(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by signing up."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def is_safe_url(self, url) -> bool:
        """Only this site's own pages, on the host that was asked for."""
        if self.request is None:
            return False
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def add_message(self, *args, **kwargs) -> None:
        """No remarks after signing in or out: the page itself shows who is signed in."""

    def post_login(self, request, user, **kwargs):
        audit.record_of_user(user, action="sign in")
        return super().post_login(request, user, **kwargs)

    def authentication_failed(self, request, **kwargs) -> None:
        email = str(kwargs.get("email") or kwargs.get("username") or "")
        known = User.objects.filter(email__iexact=email).first()
        if known is not None:
            audit.record_of_user(known, action="sign in refused")
        super().authentication_failed(request, **kwargs)


class KnownStaffOnly(DefaultSocialAccountAdapter):
    """An identity from the provider is matched to an account that an administrator made, by verified address."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def pre_social_login(self, request, sociallogin) -> None:
        if sociallogin.is_existing:
            return
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        known = User.objects.filter(email__in=[email.lower() for email in verified], is_demo=False).first()
        if known is None or not settings.SOCIALACCOUNT_PROVIDERS:
            raise ImmediateHttpResponse(redirect("accounts:no_account"))
        sociallogin.connect(request, known)
