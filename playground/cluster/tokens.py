"""Who is calling: fixed tokens, and ServiceAccount tokens minted and checked as TokenRequest does; authorises nothing."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta

from bot.kit.clock import Clock
from playground.cluster.kinds import Kinds, Object
from playground.cluster.rbac import User, service_account_user
from playground.cluster.status import Cause, Refusal, conflict, invalid, not_found
from playground.cluster.store import Store

_ISSUER = "https://kubernetes.default.svc.cluster.local"
_SHORTEST = 600
_LONGEST = 24 * 3600


class Tokens:
    """`longest` seconds is what the server grants at most, however much is asked for: its own policy, as in reality."""

    def __init__(self, store: Store, kinds: Kinds, clock: Clock, *, longest: int = _LONGEST) -> None:
        self._store = store
        self._clock = clock
        self._longest = longest
        self._secret = secrets.token_bytes(32)
        self._fixed: dict[str, User] = {}
        self._account = kinds.named("ServiceAccount")
        self._bindable = {name: kinds.named(name) for name in ("Pod", "Secret", "Node")}

    def add(self, token: str, user: User) -> None:
        self._fixed[token] = user

    def user_of(self, token: str) -> User | None:
        """The bearer, or None for a token that is unknown, forged, expired or revoked."""
        for known, user in self._fixed.items():
            if hmac.compare_digest(known, token):
                return user
        return self._bearer(token)

    def mint(self, namespace: str, name: str, request: Object) -> Object:
        """Answers a TokenRequest for an existing ServiceAccount."""
        account = self._store.get(self._account, namespace, name)
        if account is None:
            raise not_found(self._account, name)
        spec = request.get("spec") or {}
        seconds = spec.get("expirationSeconds") or 3600
        if seconds < _SHORTEST:
            raise invalid(
                self._account,
                name,
                [
                    Cause(
                        "FieldValueInvalid",
                        f"Invalid value: {seconds}: may not specify a duration less than 10 minutes",
                        "spec.expirationSeconds",
                    )
                ],
            )
        now = self._clock.now()
        expires = now + timedelta(seconds=min(seconds, self._longest))
        claims: Object = {
            "iss": _ISSUER,
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "aud": spec.get("audiences") or [_ISSUER],
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": secrets.token_hex(8),
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": {"name": name, "uid": account["metadata"]["uid"]},
                **self._binding(namespace, spec.get("boundObjectRef")),
            },
        }
        when = datetime.fromtimestamp(claims["exp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ")},
            "spec": {**spec, "audiences": claims["aud"], "expirationSeconds": claims["exp"] - claims["iat"]},
            "status": {"token": self._signed(claims), "expirationTimestamp": when},
        }

    def _binding(self, namespace: str, reference: Object | None) -> Object:
        if not reference:
            return {}
        kind = self._bindable.get(reference.get("kind", ""))
        if kind is None:
            message = f"cannot bind token for serviceaccount to object type {reference.get('kind')}"
            raise Refusal(400, "BadRequest", message)
        target = self._store.get(kind, namespace, reference.get("name", ""))
        if target is None:
            raise not_found(kind, reference.get("name", ""))
        uid = target["metadata"]["uid"]
        if reference.get("uid") and reference["uid"] != uid:
            why = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record ({uid})"
            raise conflict(kind, reference["name"], f"{why}. The object might have been deleted and then recreated")
        return {kind.singular: {"name": reference["name"], "uid": uid}}

    def _bearer(self, token: str) -> User | None:
        claims = self._verified(token)
        if claims is None or claims["exp"] <= self._clock.now().timestamp():
            return None
        private = claims["kubernetes.io"]
        namespace, name = private["namespace"], private["serviceaccount"]["name"]
        if _ISSUER not in claims["aud"]:
            return None
        alive = self._alive("", private["serviceaccount"], namespace) and all(
            self._alive(kind.singular, private[kind.singular], namespace)
            for kind in self._bindable.values()
            if kind.singular in private
        )
        return service_account_user(namespace, name, private["serviceaccount"]["uid"]) if alive else None

    def _alive(self, singular: str, reference: Object, namespace: str) -> bool:
        kind = self._account if not singular else next(k for k in self._bindable.values() if k.singular == singular)
        found = self._store.get(kind, namespace if kind.namespaced else "", reference["name"])
        return found is not None and found["metadata"]["uid"] == reference["uid"]

    def _signed(self, claims: Object) -> str:
        head = _encoded({"alg": "HS256", "typ": "JWT"})
        body = _encoded(claims)
        return f"{head}.{body}.{self._signature(f'{head}.{body}')}"

    def _signature(self, text: str) -> str:
        return _base64(hmac.new(self._secret, text.encode(), hashlib.sha256).digest())

    def _verified(self, token: str) -> Object | None:
        text, dot, signature = token.rpartition(".")
        if not dot or not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return None
        body = text.rpartition(".")[2]
        claims: Object = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims


def _encoded(value: Object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
