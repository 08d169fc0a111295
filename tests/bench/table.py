"""table.py: a comparison as text: time, memory, traces, stacks, goals; a row is a load, a column a
tool. An empty column is a tool that this machine has not got, an empty cell a load that a slow tool
is spared."""

UNITS_NS = {"ns": 1, "us": 1e3, "ms": 1e6}
MIB = 1024 * 1024


def columns(rows: list[list[str]]) -> str:
    """Left-aligned first column, right-aligned others."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_quartiles(spread, scale: float, sign: str) -> str:
    low, middle, high = (value / scale for value in (spread.low, spread.middle, spread.high))
    text = f"{number(middle)}x" if sign == "x" else f"{'+' * (middle >= 0)}{number(middle)}"
    if spread.count == 1:
        return text
    return f"{text} ({number(low)}..{number(high)})"


def time_cell(results, load, tool: str) -> str:
    if tool == "none":
        spread = results.time(load.name, tool)
        return f"{number(spread.middle / UNITS_NS[load.unit])} {load.unit}" if spread else ""
    if load.kind == "program":
        spread = results.ratio(load.name, tool)
        return with_quartiles(spread, 1, "x") if spread else ""
    spread = results.added_time(load.name, tool)
    return with_quartiles(spread, UNITS_NS[load.unit], "+") if spread else ""


def processor_cell(results, load, tool: str) -> str:
    if tool == "none":
        spread = results.spread(load.name, tool, lambda run, _: run.cpu_ns)
        return f"{number(spread.middle / UNITS_NS['ms'])} ms" if spread else ""
    spread = results.processor_ratio(load.name, tool)
    return with_quartiles(spread, 1, "x") if spread else ""


def per_object(results, load) -> tuple[float, str]:
    """What a load's memory is divided by, and the unit."""
    if load.kind == "live":
        blocks = next((run.blocks for run, _ in results.pairs(load.name, "none")), None)
        return blocks or 1, "B/block"
    return (1024, "KiB/thread") if load.kind == "idle" else (MIB, "MiB")


def memory_cell(results, load, tool: str) -> str:
    divisor, unit = per_object(results, load)
    if tool == "none":
        spread = results.spread(load.name, tool, lambda run, _: run.thread_bytes or run.peak_bytes)
        return f"{number(spread.middle / divisor)} {unit}" if spread else ""
    spread = results.added_memory(load.name, tool)
    return f"+{number(spread.middle / divisor)}" if spread else ""


def trace_cell(results, load, tool: str) -> str:
    divisor, unit = per_object(results, load) if load.kind == "live" else (MIB, "MiB")
    if tool == "none":
        return unit
    spread = results.trace(load.name, tool)
    return number(spread.middle / divisor) if spread and spread.middle else ""


def frames_cell(results, load, tool: str) -> str:
    frames = results.frames.get(load.name, {}).get(tool)
    return f"{frames:.1f}" if frames else ""


def section(title: str, cell, results, loads, tools) -> str:
    rows = [["", *(tool.name for tool in tools)]]
    for load in loads:
        cells = [cell(results, load, tool.name) for tool in tools]
        if any(cells[1:]):
            rows.append([load.name, *cells])
    return f"{title}\n{columns(rows)}\n" if len(rows) > 1 else ""


def failing(cell):
    """Says why a cell has no figures."""
    def cell_or_failure(results, load, tool):
        return results.failure(load.name, tool) or cell(results, load, tool)
    return cell_or_failure


def goals_text(goals) -> str:
    rows = [(goal.verdict, goal.what, goal.goal, goal.measured) for goal in goals]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n"
                   for row in rows)


def whole_text(results, loads, tools, goals) -> str:
    timed = [load for load in loads if load.kind not in ("program", "idle")]
    programs = [load for load in loads if load.kind == "program"]
    parts = [
        section("Time added (native: in all); quartiles of the rounds in brackets",
                failing(time_cell), results, timed, tools),
        section("Time of real programs, times native", failing(time_cell), results, programs,
                tools),
        section("The same in processor time, which other work on the machine disturbs less",
                processor_cell, results, programs, tools),
        section("Peak memory added (native: in all)", failing(memory_cell), results,
                [load for load in loads if load.kind != "thread"], tools),
        section("Trace on disk", trace_cell, results, loads, tools),
        section("Frames per distinct stack (native: as the load was built)", frames_cell, results,
                loads, tools),
        "Goals\n" + goals_text(goals),
    ]
    return "\n".join(part for part in parts if part)
