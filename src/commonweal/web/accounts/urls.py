"""Our own pages, and of allauth's only the ones listed here: there is no signing up and no changing of addresses."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as socialaccount
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path

from commonweal.web.accounts import views

ours: list[URLPattern] = [
    path("role/", views.role, name="role"),
    path("roles/", views.roles, name="roles"),
    path("no-account/", views.no_account, name="no_account"),
    path("staff/", views.staff, name="staff"),
    path("staff/<int:user_id>/", views.member, name="member"),
    path("staff/<int:user_id>/roles/<int:membership_id>/end/", views.end, name="end"),
]
if settings.DEMO:
    ours += [
        path("personas/", views.personas, name="personas"),
        path("personas/<int:user_id>/", views.become, name="become"),
    ]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((ours, "accounts"))),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("second-factor/", mfa.index, name="mfa_index"),
    path("second-factor/code/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/set-up/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/recovery-codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
if settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns += [
        path("oidc/cancelled/", socialaccount.login_cancelled, name="socialaccount_login_cancelled"),
        path("oidc/failed/", socialaccount.login_error, name="socialaccount_login_error"),
        path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
