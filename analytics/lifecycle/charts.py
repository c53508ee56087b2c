"""Charts of a lifecycle result. They draw; every number is in one of its tables."""

from __future__ import annotations

import altair as alt

from analytics import style
from analytics.lifecycle import rows, words
from analytics.lifecycle.result import LifecycleResult
from analytics.text import Lang


def scale(result: LifecycleResult, lang: Lang | None = None) -> alt.Scale:
    """One colour per stage, by key or by its name in a language; lost is grey."""
    found = style.colours(list(result.scheme.names), "lost").to_dict()
    names = [words.stage_title(k)(lang) for k in found["domain"]] if lang else found["domain"]
    return alt.Scale(domain=names, range=found["range"])


def _tip(field: str, title: str, form: str | None = None) -> alt.Tooltip:
    return alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)


def stage_bars(result: LifecycleResult, lang: Lang) -> alt.LayerChart:
    """Customers per stage, with what the stage needs in the tooltip."""
    chosen = style.pick("stage")
    (drawn,) = rows.stages(result, lang)
    base = alt.Chart(style.values(drawn)).encode(
        alt.Y("name:N", title=words.STAGE(lang), sort=drawn["name"].to_list()))  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        alt.X("customers:Q", title=words.CUSTOMERS(lang)).axis(**style.number_axis(lang)),
        alt.Color("stage:N", legend=None).scale(scale(result)), opacity=style.fade(chosen), tooltip=[
            _tip("name:N", words.STAGE(lang)), _tip("customers:Q", words.CUSTOMERS(lang), ","),
            _tip("share:Q", words.SHARE(lang), ".1%"), _tip("doing:N", words.ACTION(lang)),
            _tip("contactable:Q", words.CONTACTABLE(lang), ",")]).add_params(chosen)  # fmt: skip
    shares = base.mark_text(align="left", dx=4).encode(
        alt.X("customers:Q"), alt.Text("share:Q", format=".1%"))  # fmt: skip
    return style.framed(bars + shares, words.STAGES_TITLE(lang), words.stages_alt(result, lang))


def balance_bars(result: LifecycleResult, lang: Lang) -> alt.Chart:
    """Balance per stage."""
    chosen = style.pick("stage")
    (drawn,) = rows.balances(result, lang)
    title = style.unit(words.BALANCE, result.currency, lang)
    chart = alt.Chart(style.values(drawn)).mark_bar(cornerRadiusEnd=3).encode(
        alt.X("balance:Q", title=title).axis(**style.number_axis(lang)),
        alt.Y("name:N", title=words.STAGE(lang), sort=drawn["name"].to_list()),
        alt.Color("stage:N", legend=None).scale(scale(result)), opacity=style.fade(chosen), tooltip=[
            _tip("name:N", words.STAGE(lang)), _tip("balance:Q", title, ",.2f"),
            _tip("customers:Q", words.CUSTOMERS(lang), ",")]).add_params(chosen)  # fmt: skip
    return style.framed(chart, words.BALANCE_TITLE(lang), words.balance_alt(result, lang))


def stock_areas(result: LifecycleResult, lang: Lang) -> alt.Chart:
    """Customers per stage at every month end; the left-censored ones are pale.

    Why bars with their ends and no stack, and no words per bar: there are two hundred of them, and the
    browser works them out anew at every move of a slider. The words stand beside the chart.
    """
    chosen = style.pick("month", "stage")
    chart = alt.Chart(style.values(*rows.stocks(result, lang))).mark_bar(aria=False).encode(
        alt.X("month:O", title=words.MONTH(lang)).axis(labelOverlap="greedy", labelAngle=0),
        alt.Y("low:Q", title=words.CUSTOMERS(lang)).axis(**style.number_axis(lang)), alt.Y2("high:Q"),
        alt.Color("name:N", title=words.STAGE(lang)).scale(scale(result, lang)).legend(symbolOpacity=1),
        opacity=alt.when(chosen).then(alt.Opacity("strength:Q", legend=None).scale(domain=[0, 1], range=[0, 1]))
        .otherwise(alt.value(0.25)), tooltip=[
            _tip("month:N", words.MONTH(lang)), _tip("name:N", words.STAGE(lang)),
            _tip("customers:Q", words.CUSTOMERS(lang), ","), _tip("share:Q", words.SHARE(lang), ".1%")],
    ).add_params(chosen)  # fmt: skip
    note = words.CENSORED_NOTE(lang) if result.censored.any() else ""
    return style.framed(chart, words.STOCKS_TITLE(lang), words.stocks_alt(result, lang), note)


def matrix(result: LifecycleResult, lang: Lang) -> alt.LayerChart:
    """Monthly shares from stage (rows) to stage (columns); what few customers decide is grey."""
    chosen = style.pick("from_stage", "to_stage")
    order = [words.stage_title(k)(lang) for k in result.scheme.names]
    base = alt.Chart(style.values(*rows.matrix(result, lang))).encode(
        alt.X("target:N", title=words.TO(lang), sort=order).axis(labelAngle=0),
        alt.Y("source:N", title=words.FROM(lang), sort=order))  # fmt: skip
    colour = alt.Color("share:Q", title=words.MOVED(lang)).scale(
        range=list(style.SEQUENTIAL), domain=[0, 1]).legend(format=".0%")  # fmt: skip
    cells = base.mark_rect(cornerRadius=3).encode(
        color=alt.when("datum.few").then(alt.value("#C4C8CC")).otherwise(colour),
        opacity=style.fade(chosen), tooltip=[
            _tip("source:N", words.FROM(lang)), _tip("target:N", words.TO(lang)),
            _tip("share:Q", words.MOVED(lang), ".2%"), _tip("low:Q", words.INTERVAL_LOW(lang), ".2%"),
            _tip("high:Q", words.INTERVAL_HIGH(lang), ".2%"),
            _tip("from_customer_months:Q", words.BASE(lang), ",")]).add_params(chosen)  # fmt: skip
    dark = (alt.datum.share > 0.5) & ~alt.datum.few
    numbers = base.mark_text(fontSize=12).encode(
        alt.Text("share:Q", format=".1%"),
        color=alt.when(dark).then(alt.value("#FFFFFF")).otherwise(alt.value("#10212F")))  # fmt: skip
    note = words.FEW_NOTE(lang) if result.transitions["few"].any() else ""
    return style.framed(
        cells + numbers, words.MATRIX_TITLE(lang), words.matrix_alt(result, lang), note
    )


def sankey(result: LifecycleResult, lang: Lang) -> alt.LayerChart:
    """Ribbons from the stages of the last but one month end to those of the last."""
    drawn, ends = rows.sankey(result, lang)
    dates = [d.isoformat() for d in result.boundaries[-2:]]
    labels = f"datum.value < 0.5 ? '{dates[0]}' : '{dates[1]}'"
    areas = alt.Chart(style.values(drawn)).mark_area(opacity=0.55, interpolate="monotone", aria=False).encode(
        alt.X("x:Q", title=words.MONTH(lang)).axis(values=[0, 1], labelExpr=labels, grid=False)
        .scale(domain=[-0.02, 1.02], nice=False),
        alt.Y("low:Q", title=words.CUSTOMERS(lang)).axis(**style.number_axis(lang)), alt.Y2("high:Q"),
        alt.Color("source:N", title=words.FROM(lang)).scale(_with_joined(result, lang)),
        alt.Detail("ribbon:N"), tooltip=[
            _tip("source:N", words.FROM(lang)), _tip("target:N", words.TO(lang)),
            _tip("customers:Q", words.CUSTOMERS(lang), ",")])  # fmt: skip
    bars = alt.Chart(style.values(ends)).mark_rect().encode(
        alt.X("left:Q"), alt.X2("right:Q"), alt.Y("low:Q"), alt.Y2("high:Q"),
        alt.Color("name:N").scale(_with_joined(result, lang)), tooltip=[
            _tip("name:N", words.STAGE(lang)), _tip("customers:Q", words.CUSTOMERS(lang), ",")])  # fmt: skip
    return style.framed(areas + bars, words.SANKEY_TITLE(lang), words.sankey_alt(result, lang))


def _with_joined(result: LifecycleResult, lang: Lang) -> alt.Scale:
    known = scale(result, lang).to_dict()
    return alt.Scale(
        domain=[*known["domain"], words.JOINED(lang)], range=[*known["range"], style.ACCENT]
    )


def threshold_curve(result: LifecycleResult, lang: Lang) -> alt.LayerChart:
    """Share flagged and share of false alarms over the idle days; the threshold in use is dashed."""
    chosen = style.pick("threshold_days")
    names = [words.FLAGGED(lang), words.FALSE(lang)]
    drawn, used_at = rows.threshold(result, lang)
    lines = alt.Chart(style.values(drawn)).mark_line(point=True).encode(
        alt.X("threshold_days:Q", title=words.IDLE(lang)),
        alt.Y("part:Q", title=words.MOVED(lang)).axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Color("line:N", title=words.LINE(lang)).scale(
            domain=names, range=[style.ACCENT, style.CONTRAST]),
        opacity=style.fade(chosen), tooltip=[
            _tip("threshold_days:Q", words.IDLE(lang)), _tip("line:N", words.LINE(lang)),
            _tip("part:Q", words.MOVED(lang), ".1%"), _tip("flagged_now:Q", words.CUSTOMERS(lang), ",")],
    ).add_params(chosen)  # fmt: skip
    used = alt.Chart(style.values(used_at)).mark_rule(
        strokeDash=[5, 3], strokeWidth=2, color=style.NEUTRAL).encode(alt.X("at:Q"))  # fmt: skip
    return style.framed(lines + used, words.THRESHOLD_TITLE(lang), words.threshold_alt(result, lang),
                        words.THRESHOLD_NOTE(lang))  # fmt: skip


def forecast_lines(result: LifecycleResult, lang: Lang) -> alt.Chart:
    """Customers not asleep, as it goes and with the better wake-up rate."""
    names = [words.KIND_TITLES[k](lang) for k in ("forecast", "what_if")]
    chart = alt.Chart(style.values(*rows.forecast(result, lang))).mark_line(point=True).encode(
        alt.X("month:O", title=words.MONTH(lang)).axis(labelAngle=0, labelOverlap="greedy"),
        alt.Y("customers:Q", title=words.AWAKE(lang)).axis(**style.number_axis(lang)).scale(zero=False),
        alt.Color("line:N", title=words.KIND(lang)).scale(domain=names, range=[style.ACCENT, style.CONTRAST]),
        tooltip=[_tip("month:N", words.MONTH(lang)), _tip("line:N", words.KIND(lang)),
                 _tip("customers:Q", words.AWAKE(lang), ",.0f")])  # fmt: skip
    return style.framed(chart, words.FORECAST_TITLE(lang), words.forecast_alt(result, lang))


def breakdown_bars(result: LifecycleResult, lang: Lang) -> alt.Chart:
    """The mix of stages in the largest groups, each bar 100 % of the group."""
    chosen = style.pick("group", "stage")
    groups = len(rows.groups(result))
    chart = alt.Chart(style.values(*rows.breakdown(result, lang))).mark_bar().encode(
        alt.X("share:Q", title=words.GROUP_SHARE(lang), stack="zero").axis(**style.share_axis()).scale(domain=[0, 1]),
        alt.Y("label:N", title=words.GROUP(lang), sort=None).axis(labelLimit=240),
        alt.Color("name:N", title=words.STAGE(lang)).scale(scale(result, lang)).legend(symbolOpacity=1),
        alt.Order("place:Q"),
        opacity=style.fade(chosen), tooltip=[
            _tip("label:N", words.GROUP(lang)), _tip("name:N", words.STAGE(lang)),
            _tip("customers:Q", words.CUSTOMERS(lang), ","), _tip("share:Q", words.GROUP_SHARE(lang), ".1%"),
            _tip("rest_share:Q", words.REST_SHARE(lang), ".1%")]).add_params(chosen)  # fmt: skip
    left_out = max(groups - rows.GROUPS_SHOWN, 0)
    note = words.GROUPS_LEFT_OUT.fill(n=left_out)(lang) if left_out else ""
    return style.framed(chart, words.BREAKDOWN_TITLE(lang), words.breakdown_alt(result, lang), note,
                        60 + 34 * min(groups, rows.GROUPS_SHOWN))  # fmt: skip
