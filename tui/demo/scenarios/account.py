"""What a scenario's account holds besides its connections: log groups and resource policies."""

import json

from tui.demo.scenarios.scenario import Scenario, ScenarioGroup, ScenarioPolicy
from tui.demo.server.account import Account
from tui.demo.server.store import Store


def set_up(scenario: Scenario, store: Store, account: Account) -> None:
    """Create the account's log groups, including those that receive no records, and its resource policies."""
    described = {group.name: group for group in scenario.groups}
    for name in (*scenario.log_groups, *described):
        group = described.get(name) or ScenarioGroup(name)
        if group.exists:
            created = store.create_group(name)
            created.log_class, created.retention_days = group.log_class, group.retention_days or None
            created.kms_key = group.kms_key
    store.resource_policies |= {policy.name: _document(policy, account) for policy in scenario.policies}


def _document(policy: ScenarioPolicy, account: Account) -> str:
    statement = {
        "Sid": policy.name,
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{account.group_arn(name)}:log-stream:*" for name in policy.resources],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":")).ljust(policy.size)
