"""One tidy log: a padded name, no colour in files, the last lines remembered."""

import asyncio
import io
import os

from config.serve.log import Log


def test_each_line_has_its_part(tmp_path):
    terminal = io.StringIO()
    Log(tmp_path / "a.log", terminal).say("web", "hello")
    assert terminal.getvalue() == "web      | hello\n"
    assert (tmp_path / "a.log").read_text().endswith(" web      | hello\n")


def test_colour_is_only_for_terminals(tmp_path, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    Log(tmp_path / "a.log", terminal).say("web", "\x1b[31mred\x1b[0m")
    assert terminal.getvalue().startswith("\x1b[32mweb")
    assert "\x1b" not in (tmp_path / "a.log").read_text()


def test_no_color_is_honoured(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    Log(tmp_path / "a.log", terminal).say("web", "\x1b[31mred\x1b[0m")
    assert terminal.getvalue() == "web      | red\n"


def test_advice_that_no_user_can_act_on_goes_to_the_file_only(tmp_path):
    terminal = io.StringIO()
    Log(tmp_path / "a.log", terminal).say("redis", "# WARNING Memory overcommit must be enabled!")
    assert terminal.getvalue() == ""
    assert "overcommit" in (tmp_path / "a.log").read_text()


def test_only_the_last_lines_are_kept_in_memory(tmp_path):
    log = Log(tmp_path / "a.log", io.StringIO())
    for number in range(100):
        log.say("web", str(number))
    assert list(log.last["web"]) == [str(number) for number in range(70, 100)]


def test_a_terminal_without_the_letter_gets_a_question_mark(tmp_path):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Log(tmp_path / "a.log", terminal).say("web", "Zürich")
    terminal.seek(0)
    assert terminal.read() == "web      | Z?rich\n"


async def test_lines_arrive_whole_whatever_the_pieces(tmp_path):
    log = Log(tmp_path / "a.log", io.StringIO())
    reading, writing = os.pipe()
    pump = asyncio.create_task(log.pump("web", reading))
    for piece in (b"one\ntw", b"o\n\xff bad bytes\nno end"):
        os.write(writing, piece)
        await asyncio.sleep(0.01)
    os.close(writing)
    await pump
    assert list(log.last["web"]) == ["one", "two", "\N{REPLACEMENT CHARACTER} bad bytes", "no end"]


async def test_a_line_without_end_costs_no_memory(tmp_path):
    log = Log(tmp_path / "a.log", io.StringIO())
    reading, writing = os.pipe()
    pump = asyncio.create_task(log.pump("web", reading))
    for _ in range(6):
        await asyncio.to_thread(os.write, writing, b"x" * 32 * 1024)
    os.close(writing)
    await pump
    lines = log.last["web"]
    assert sum(map(len, lines)) == 6 * 32 * 1024
    assert max(map(len, lines)) < 160 * 1024
