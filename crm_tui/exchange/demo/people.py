"""The staff of the demo: heads, leads and agents of every department."""

from typing import Final

from crm_tui.exchange.demo.desk import Desk

STAFF: Final = (
    ("lin", "林晓", "manager", "after_sales"),
    ("wu", "吴桐", "lead", "after_sales"),
    ("ana", "Ana Reyes", "agent", "after_sales"),
    ("ben", "Ben Okafor", "agent", "after_sales"),
    ("zhou", "周宁", "agent", "service"),
    ("he", "何川", "manager", "service"),
    ("tang", "唐果", "agent", "product"),
    ("mei", "Mei Larsen", "manager", "product"),
    ("gao", "高原", "manager", "technology"),
    ("ivo", "Ivo Petrov", "agent", "technology"),
    ("qin", "秦岚", "manager", "sales"),
    ("sun", "孙越", "lead", "sales"),
    ("bai", "白露", "agent", "call_centre"),
    ("fang", "方舟", "manager", "call_centre"),
    ("luo", "罗汉", "manager", "delivery"),
    ("nora", "Nora Quist", "manager", "marketing"),
    ("shen", "沈默", "manager", "key_account"),
    ("guest", "Guest 访客", "viewer", "service"),
)
"""Login, name, role and department."""
POSTS: Final = {"shen": ("executive",), "tang": ("knowledge_base",)}
HEADS: Final = {
    "after_sales": "lin",
    "service": "he",
    "product": "mei",
    "technology": "gao",
    "sales": "qin",
    "call_centre": "fang",
    "delivery": "luo",
    "marketing": "nora",
    "key_account": "shen",
}
TEAMS: Final = {"special_service": ("wu", "zhou"), "customer_relationship": ("sun", "zhou", "ana")}
ACCOUNT_MANAGERS: Final = ("sun", "qin", "shen")


def make_staff(desk: Desk) -> None:
    """Staff with their posts, the heads of the departments, and the teams."""
    org = desk.services.org
    org.change_staff(desk.admin.staff_id, {"department": "after_sales"}, actor=desk.admin)
    for login, name, role, department in STAFF:
        org.add_staff(
            login,
            name,
            role=role,
            department=department,
            posts=POSTS.get(login, ()),
            actor=desk.admin,
        )
    for department, login in HEADS.items():
        org.set_head(department, login, actor=desk.admin)
    for team, logins in TEAMS.items():
        for login in logins:
            org.add_to_team(team, login, actor=desk.admin)
    desk.admin = org.login(desk.admin.login)
