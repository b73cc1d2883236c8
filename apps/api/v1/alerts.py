"""Alert rules, the incidents that they opened, and silences."""

from typing import Any, cast

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.models import Membership, User
from apps.accounts.queries import Visitor
from apps.accounts.roles import EDIT
from apps.alerts import queries, services
from apps.alerts.models import Incident, Rule, Silence
from apps.api.v1.base import Mine, Picked, Readable, Writable, visible
from apps.datasources import engine
from apps.datasources.models import Dataset
from apps.datasources.query import Query


def colleagues(user: Visitor | None) -> QuerySet[User]:
    """For Mine: people of the caller's workspaces who can sign in."""
    people = User.objects.filter(is_active=True)
    if user is None:
        return people
    theirs = Membership.objects.filter(user_id=user.pk or 0).values("workspace")
    shared = Membership.objects.filter(user=OuterRef("pk"), workspace__in=theirs)
    return people.filter(Exists(shared))


def check_members(people: list[User], workspace_id: int, field: str) -> None:
    """Raises ValidationError unless all of them belong to the workspace."""
    ids = {person.pk for person in people}
    members = Membership.objects.filter(workspace_id=workspace_id, user__in=ids).count()
    if members < len(ids):
        raise serializers.ValidationError({field: _("Name members of the workspace.")})


class RuleSerializer(Picked):
    """A rule. `query` is a Query without dataset and window that has one measure."""

    dataset = Mine(of=visible(Dataset))
    query = serializers.DictField()
    window_s = serializers.IntegerField(min_value=1, max_value=366 * 86_400, default=300)
    calm_windows = serializers.IntegerField(min_value=1, max_value=1000, default=2)
    notify = Mine(of=colleagues, many=True, required=False)

    class Meta:
        model = Rule
        fields = ["id", "workspace", "dataset", "owner", "name", "query", "window_s"]
        fields += ["comparison", "threshold", "calm_windows", "notify", "is_active"]
        fields += ["evaluated_at", "last_value", "last_error", "created_at"]
        read_only_fields = ["workspace", "owner", "evaluated_at", "last_value", "last_error"]
        read_only_fields += ["created_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The question must be one that the caller may ask, with a single number for an answer."""
        kept: Any = self.instance
        dataset = attrs.get("dataset") or kept.dataset
        if kept is not None and dataset.pk != kept.dataset_id:
            raise serializers.ValidationError({"dataset": _("This cannot be changed.")})
        if "query" in attrs:
            for name in ("dataset", "window"):
                if name in attrs["query"]:
                    message = _("The rule brings dataset and window itself.")
                    raise serializers.ValidationError({"query": message})
            query = Query.from_json({"dataset": dataset.pk, **attrs["query"]})
            if len(query.measures) != 1 or query.dimensions or query.grain:
                message = _("Name one measure, and neither dimensions nor a grain.")
                raise serializers.ValidationError({"query": message})
            engine.explain(query, self.context["request"].user)
        check_members(attrs.get("notify", []), dataset.workspace_id, "notify")
        return attrs

    def to_representation(self, rule: Rule) -> dict[str, Any]:
        """With the people that it tells; without its question, if it names what is hidden."""
        rule.notify = [t.user for t in rule.targets.all()]  # type: ignore[attr-defined]
        data: dict[str, Any] = dict(super().to_representation(rule))
        if "query" in data and queries.hides_from(rule, self.context["request"].user):
            data["query"] = {}
        return data


class RuleViewSet(Writable):
    """Alert rules. Editors make them; each is asked with the rights of its owner."""

    model = Rule
    serializer_class = RuleSerializer
    may = EDIT
    filterset_fields: Any = ["workspace", "dataset", "owner", "is_active"]
    ordering_fields: Any = ["name", "created_at"]

    def visible(self, user: Visitor) -> QuerySet[Rule]:
        """With whom they tell."""
        return Rule.objects.visible_to(user).prefetch_related("targets__user")

    def perform_create(self, serializer: Any) -> None:
        """The caller's own rule; it tells the caller unless others are named."""
        data = dict(serializer.validated_data)
        workspace = data["dataset"].workspace
        self.check_may(workspace)
        people = data.pop("notify", [self.request.user])
        rule = Rule(workspace=workspace, owner=cast(User, self.request.user), **data)
        serializer.instance = services.save_rule(rule, people)

    def perform_update(self, serializer: Any) -> None:
        """Who changes the question answers for it: it must not be asked with another's rights."""
        rule, data = serializer.instance, dict(serializer.validated_data)
        people = data.pop("notify", [target.user for target in rule.targets.all()])
        for name, value in data.items():
            setattr(rule, name, value)
        if "query" in data:
            rule.owner = cast(User, self.request.user)
        services.save_rule(rule, people)
        if "is_active" in data:
            services.set_active(rule, is_active=rule.is_active)
        serializer.instance = self.get_queryset().get(pk=rule.pk)


class IncidentSerializer(Picked):
    """One firing, from open to close."""

    class Meta:
        model = Incident
        fields = ["id", "rule", "opened_at", "closed_at", "value", "threshold", "peak"]
        read_only_fields = fields


class IncidentViewSet(Readable):
    """What fired, on the rules that you see."""

    model = Incident
    serializer_class = IncidentSerializer
    filterset_fields: Any = {
        "rule": ["exact"],
        "closed_at": ["isnull"],
        "opened_at": ["gte", "lt"],
    }
    ordering_fields: Any = ["opened_at"]

    def visible(self, user: Visitor) -> QuerySet[Incident]:
        """Incidents of visible rules: a value made of more rows than one sees is not shown."""
        return Incident.objects.filter(rule__in=Rule.objects.visible_to(user))


class SilenceSerializer(Picked):
    """A span in which a rule sends nothing."""

    rule = Mine(of=visible(Rule))

    class Meta:
        model = Silence
        fields = ["id", "rule", "starts_at", "ends_at", "reason", "created_by"]
        read_only_fields = ["created_by"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It ends after it begins, and stays with its rule."""
        kept: Any = self.instance
        starts = attrs.get("starts_at") or kept.starts_at
        ends = attrs.get("ends_at") or kept.ends_at
        if ends <= starts:
            raise serializers.ValidationError({"ends_at": _("It ends before it begins.")})
        if kept is not None and attrs.get("rule", kept.rule) != kept.rule:
            raise serializers.ValidationError({"rule": _("This cannot be changed.")})
        return attrs


class SilenceViewSet(Writable):
    """Silences of the rules that you see. Editors make them."""

    model = Silence
    serializer_class = SilenceSerializer
    may = EDIT
    filterset_fields: Any = ["rule"]
    ordering_fields: Any = ["starts_at", "ends_at"]

    def visible(self, user: Visitor) -> QuerySet[Silence]:
        """Those of visible rules."""
        return Silence.objects.filter(rule__in=Rule.objects.visible_to(user))

    def editable(self, user: Visitor) -> QuerySet[Silence]:
        """Those of rules that one may change."""
        return Silence.objects.filter(rule__in=Rule.objects.editable_by(user))

    def perform_create(self, serializer: Any) -> None:
        """The caller's."""
        self.check_may(serializer.validated_data["rule"].workspace)
        serializer.save(created_by=self.request.user)
