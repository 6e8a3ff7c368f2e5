"""``departments/``, ``tags/``, ``agents/``, ``sla-policies/``, ``canned-responses/``: read by agents, kept by managers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.log_actions import log

from wagtail_escalated.actions.canned import responses_for
from wagtail_escalated.actions.tag_merging import merge_tags
from wagtail_escalated.models import AgentProfile, CannedResponse, Department, SLAPolicy, Tag
from wagtail_escalated.permissions import is_manager

from . import callers
from .base import DeskView
from .describing import describe
from .errors import Conflict
from .listing import Pages, fields_parameter, selected
from .model_json import (
    AgentJSON,
    CannedJSON,
    DepartmentJSON,
    NewAgentJSON,
    PublicDepartmentJSON,
    TagJSON,
)
from .policy_json import PolicyJSON
from .tickets import CONFLICT

EVEN_IN_USE = OpenApiParameter(
    "even_in_use", bool, description="Say `true` to delete what tickets still have."
)


LONGEST_SEARCH = 200
SEARCH = OpenApiParameter(
    "q",
    {"type": "string", "maxLength": LONGEST_SEARCH},
    description="Those in which this stands.",
)


class Rows(DeskView):
    """One kind of row: which the caller sees, which they may change, and how it is written."""

    permission_classes = [callers.HasScope, callers.ManagesOrReads]
    pagination_class = Pages
    writing_scope = "manage"
    #: Singular and plural, for the schema's operations.
    names = ("", "")
    #: Whose they are, as a sentence of the schema.
    whose = "Agents read them, managers keep them."
    #: Columns in which `q` looks.
    searched: tuple[str, ...] = ()
    new_serializer_class: type[serializers.Serializer] | None = None
    #: How a new one is answered, where that is more than how it is read.
    made_serializer_class: type[serializers.Serializer] | None = None

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def found(self) -> QuerySet[Any]:
        """The rows of a list, narrowed by `q`."""
        asked = self.request.query_params.get("q", "")
        if self.searched and len(asked) > LONGEST_SEARCH:
            raise serializers.ValidationError({"q": [_("That is too long.")]})
        text = asked.replace("\x00", "").strip()
        if not (text and self.searched):
            return self.rows()
        anywhere = Q()
        for column in self.searched:
            anywhere |= Q(**{f"{column}__icontains": text})
        return self.rows().filter(anywhere)

    def row(self) -> Any:
        found = self.rows().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    def check_row(self, row: Any) -> None:
        """Raises ``PermissionDenied`` where the caller sees this row and may not change it."""

    def check_removal(self, row: Any) -> None:
        """The same for deleting it, where others may than those who change it."""
        self.check_row(row)

    def prepare(self, data: dict[str, Any], row: Any | None) -> dict[str, Any]:
        """What a save adds to what was sent."""
        return {}

    def kind(self) -> type[serializers.Serializer]:
        return self.get_serializer_class()

    def saved(self, serializer: Any, row: Any | None) -> Any:
        serializer.is_valid(raise_exception=True)
        instance = serializer.save(**self.prepare(serializer.validated_data, row))
        action = "wagtail.create" if row is None else "wagtail.edit"
        log(instance=instance, action=action, user=self.caller.actor)
        return instance


class Many(Rows):
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.found())
        return self.get_paginated_response(selected(self.kind()(page, many=True), request).data)

    def add(self, request: Request) -> Response:
        kind = self.new_serializer_class or self.kind()
        instance = self.saved(kind(data=request.data, context=self.get_serializer_context()), None)
        return Response(self.made(instance), 201)

    def made(self, instance: Any) -> dict[str, Any]:
        """What is told of a new row."""
        return self.kind()(self.rows().get(pk=instance.pk)).data


class One(Rows):
    def show(self, request: Request) -> Response:
        return Response(self.kind()(self.row()).data)

    def change(self, request: Request) -> Response:
        row = self.row()
        self.check_row(row)
        context = self.get_serializer_context()
        serializer = self.kind()(row, data=request.data, partial=True, context=context)
        self.saved(serializer, row)
        return Response(self.kind()(self.rows().get(pk=row.pk)).data)

    def remove(self, request: Request) -> Response:
        row = self.row()
        self.check_removal(row)
        self.check_unused(row)
        log(instance=row, action="wagtail.delete", user=self.caller.actor, deleted=True)
        try:
            row.delete()
        except ProtectedError:
            raise Conflict(
                _("It is in use and cannot be deleted. Switch it off instead."), "in_use"
            ) from None
        return Response(status=204)

    def check_unused(self, row: Any) -> None:
        """Raises ``Conflict`` where deleting should be asked twice."""


def words(name: str) -> str:
    """``sla_policies`` as people say it."""
    return name.replace("_", " ").replace("sla", "SLA")


def both(base: type[Rows]) -> tuple[type[Many], type[One]]:
    """The two views of a kind of row, each operation with its name in the schema."""
    one, many = base.names
    a_row = words(one)
    json = base.serializer_class
    new = base.new_serializer_class or json

    class ManyRows(base, Many):
        @describe(
            operation_id=f"{many}_list",
            description=f"The {words(many)}, page by page. {base.whose}",
            parameters=[*([SEARCH] if base.searched else []), fields_parameter(json)],
            responses={200: json(many=True)},
        )
        def get(self, request: Request) -> Response:
            return self.list(request)

        @describe(
            operation_id=f"{many}_create",
            description=f"Add to the {words(many)}.",
            request=new,
            responses={201: base.made_serializer_class or json},
        )
        def post(self, request: Request) -> Response:
            return self.add(request)

    class OneRow(base, One):
        pagination_class = None

        @describe(
            operation_id=f"{many}_retrieve",
            description=f"One {a_row}.",
            responses={200: json},
        )
        def get(self, request: Request, pk: int) -> Response:
            return self.show(request)

        @describe(
            operation_id=f"{many}_update",
            description=f"Change what is named of one {a_row}.",
            request=json,
            responses={200: json},
        )
        def patch(self, request: Request, pk: int) -> Response:
            return self.change(request)

        @describe(
            operation_id=f"{many}_delete",
            description=f"Delete one {a_row}.",
            parameters=[EVEN_IN_USE] if one in ("tag", "custom_field") else [],
            responses={204: None, 409: CONFLICT},
        )
        def delete(self, request: Request, pk: int) -> Response:
            return self.remove(request)

    ManyRows.__name__, OneRow.__name__ = f"{many.title()}List", f"{one.title()}Item"
    return ManyRows, OneRow


class Departments(Rows):
    names = ("department", "departments")
    whose = "Customers read those that visitors may choose, managers keep them."
    searched = ("name", "slug")
    serializer_class = DepartmentJSON
    permission_classes = [callers.HasScope, callers.ManagesOrChooses]

    def rows(self) -> QuerySet[Department]:
        rows = Department.objects.prefetch_related("agents").order_by("pk")
        if not self.caller.inside:
            return rows.filter(active=True, public=True)
        return rows if is_manager(self.caller.actor) else rows.filter(active=True)

    def kind(self) -> type[serializers.Serializer]:
        return DepartmentJSON if self.caller.inside else PublicDepartmentJSON


class Tags(Rows):
    names = ("tag", "tags")
    searched = ("name",)
    serializer_class = TagJSON

    def rows(self) -> QuerySet[Tag]:
        return Tag.objects.order_by("pk")

    def check_unused(self, row: Tag) -> None:
        meant = self.request.query_params.get("even_in_use", "").lower() in ("true", "1")
        if not meant and row.tickets.exists():
            raise Conflict(
                _("Tickets have this tag. Say even_in_use=true to delete it nevertheless."),
                "in_use",
            )


class MergeTagSent(serializers.Serializer):
    into = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all())


class MergeTag(Tags):
    serializer_class = MergeTagSent
    pagination_class = None

    @describe(
        operation_id="tags_merge",
        description="Give its tickets another tag instead, and delete it. This cannot be undone.",
        request=MergeTagSent,
        responses={200: TagJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        tag, into = self.row(), self.sent()["into"]
        merge_tags(tag, into, actor=self.caller.actor)
        return Response(TagJSON(into).data)


class Agents(Rows):
    names = ("agent", "agents")
    serializer_class = AgentJSON
    new_serializer_class = NewAgentJSON

    def rows(self) -> QuerySet[AgentProfile]:
        rows = AgentProfile.objects.select_related("user").prefetch_related("departments")
        return rows.order_by("pk")


class Policies(Rows):
    names = ("sla_policy", "sla_policies")
    serializer_class = PolicyJSON

    def rows(self) -> QuerySet[SLAPolicy]:
        related = ("targets", "for_departments", "for_tags")
        return SLAPolicy.objects.prefetch_related(*related).order_by("pk")


class OfManagers(Rows):
    """What only managers see."""

    whose = "For managers alone."
    permission_classes = [callers.HasScope, callers.Manages]


class OwnAndShared(Rows):
    whose = "Agents keep their own, managers the shared ones."
    permission_classes = [callers.HasScope, callers.IsInside]
    writing_scope = "write"

    def check_row(self, row: Any) -> None:
        if row.owner_id is None:
            self._check_shared()

    def prepare(self, data: dict[str, Any], row: Any) -> dict[str, Any]:
        shared = data.pop("shared", row is not None and row.owner_id is None)
        if shared:
            self._check_shared()
        return {"owner": None if shared else self.caller.actor}

    def _check_shared(self) -> None:
        if not is_manager(self.caller.actor):
            raise PermissionDenied


class Canned(OwnAndShared):
    names = ("canned_response", "canned_responses")
    searched = ("title", "shortcut", "body")
    serializer_class = CannedJSON

    def rows(self) -> QuerySet[CannedResponse]:
        seen = responses_for(self.caller.actor).order_by().values("pk")
        return CannedResponse.objects.filter(Q(pk__in=seen)).order_by("pk")


KINDS: dict[str, tuple[type[Many], type[One]]] = {
    "departments": both(Departments),
    "tags": both(Tags),
    "agents": both(Agents),
    "sla-policies": both(Policies),
    "canned-responses": both(Canned),
}
