"""A proxy's page instead of AWS's answer is reported as that, and blames neither AWS nor a permission."""

import pytest
from aiohttp import web

from tests.feed.bent import bent_endpoint
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.sessions.web_page import described

BLOCKED = "<!DOCTYPE html>\n<html lang=en><head><title>Access\x1b[2J blocked\n by policy</title></head><p>no</p></html>"
WELL_FORMED = "<html><head><title>Sign in</title></head><body/></html>"


@pytest.mark.parametrize("action", ["logs:FilterLogEvents", "ec2:DescribeVpnConnections", "sts:GetCallerIdentity"])
@pytest.mark.parametrize(
    ("status", "page", "title"),
    [(403, BLOCKED, "Access[2J blocked by policy"), (200, WELL_FORMED, "Sign in"), (407, WELL_FORMED, "Sign in")],
)
async def test_a_page_is_named_by_its_title_and_laid_at_the_door_of_a_proxy(
    action: str, status: int, page: str, title: str, in_threads: bool
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=page, content_type="text/html")

    async with bent_endpoint(answer) as bent, connect(bent.target, in_threads=in_threads) as aws:
        with pytest.raises(FeedError) as caught:
            await aws.call(action)
    assert f"HTTP {status}, a web page titled “{title}”. A proxy or a sign-in page" in caught.value.message
    assert action in caught.value.message
    assert caught.value.kind is ErrorKind.SERVER


async def test_a_page_of_a_load_balancer_is_no_text_for_the_reader(in_threads: bool) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503, text=BLOCKED, content_type="text/html")

    async with bent_endpoint(answer) as bent, connect(bent.target, in_threads=in_threads) as aws:
        with pytest.raises(
            FeedError, match=r"503: a web page titled “Access\[2J blocked by policy”\. Usually temporary"
        ):
            await aws.call("logs:FilterLogEvents")
        assert len(bent.requests) > 1, "AWS's own load balancers answer so, and the next request may get through"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html><body>no title</body></html>", "a web page"),
        ("  <!doctype HTML><title lang=en> </title>", "a web page"),
        ("<!-- a comment --><html><title>x</title>", "a web page titled “x”"),
        (
            '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><title>x</title>',
            "a web page titled “x”",
        ),
        ("<title>" + "x" * 100, ""),
        ("<html><title>" + "x" * 100, f"a web page titled “{'x' * 59}…”"),
        ('<?xml version="1.0"?><Response><Errors/></Response>', ""),
        ("The <html> tag is not allowed", ""),
        ("", ""),
    ],
)
def test_a_page_is_told_from_what_only_looks_like_one(text: str, words: str) -> None:
    assert described(text) == words
