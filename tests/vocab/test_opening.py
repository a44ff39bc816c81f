"""Opening hours as they are written: the minutes of the week that follow."""

from __future__ import annotations

import numpy as np
import pytest

from livingcircle.vocab.opening import DAYS, WEEK, minute_of, open_minutes

FIVE, SEVEN = DAYS[:5], DAYS


def week(*spans):
    """Days and hours from, to."""
    found = np.zeros(WEEK, dtype=bool)
    for days, begin, end in spans:
        for day in days:
            start = DAYS.index(day) * 1440
            found[start + round(begin * 60) : start + round(end * 60)] = True
    return found


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("周一至周五 8:30-17:30", week((FIVE, 8.5, 17.5))),
        ("周一至周五8：30—12：00，14：00—17：30", week((FIVE, 8.5, 12), (FIVE, 14, 17.5))),
        ("星期一到星期日 9:00~21:00", week((SEVEN, 9, 21))),
        ("周一、三、五 9点-11点30分", week((("Mo", "We", "Fr"), 9, 11.5))),
        ("每天8:00-20:00", week((SEVEN, 8, 20))),
        ("8:00-20:00", week((SEVEN, 8, 20))),
        ("工作日 上午9:00-12:00 下午2:00-5:30", week((FIVE, 9, 12), (FIVE, 14, 17.5))),
        ("全天开放", week((SEVEN, 0, 24))),
        ("24小时", week((SEVEN, 0, 24))),
        ("周二至周日9:00-17:00，周一闭馆", week((DAYS[1:], 9, 17))),
        ("周一至周五8:30-17:30；周六9:00-12:00", week((FIVE, 8.5, 17.5), (("Sa",), 9, 12))),
        ("周一至周五8:30-17:30（法定节假日除外）", week((FIVE, 8.5, 17.5))),
        ("Mo-Fr 08:30-17:30", week((FIVE, 8.5, 17.5))),
        ("Mo-Su 08:00-18:00; Su off", week((DAYS[:6], 8, 18))),
        ("Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:00; PH off",
         week((FIVE, 8, 12), (FIVE, 13, 17), (("Sa",), 9, 12))),
        ("Mo,We 10:00-11:00, Sa 10:00-12:00", week((("Mo", "We"), 10, 11), (("Sa",), 10, 12))),
        ("24/7", week((SEVEN, 0, 24))),
        ("Sa-Mo 10:00-11:00", week((("Sa", "Su", "Mo"), 10, 11))),
        # What is said of holidays is said of no ordinary day.
        ("Mo-Fr 09:00-17:00; PH 20:00-22:00", week((FIVE, 9, 17))),
        ("Mo-Fr 09:00-17:00 PH off", week((FIVE, 9, 17))),
        ("Mo-Fr 09:00-17:00; SH Mo-Fr 20:00-22:00", week((FIVE, 9, 17))),
        ("PH,Su 10:00-12:00", week((("Su",), 10, 12))),
        ("Mo-Fr,PH 09:00-17:00; Sa,PH off", week((FIVE, 9, 17))),
        ("24/7; PH off", week((SEVEN, 0, 24))),
        ("周一至周五 8:30-17:30，法定节假日 9:00-12:00", week((FIVE, 8.5, 17.5))),
        ("周一至周五8:30-17:30；节假日：19:00-21:00", week((FIVE, 8.5, 17.5))),
        ("周一至周五（节假日除外）8:30-17:30", week((FIVE, 8.5, 17.5))),
        ("周末及节假日 9:00-17:00", week((("Sa", "Su"), 9, 17))),
        ("9:00-17:00，周一及节假日闭馆", week((DAYS[1:], 9, 17))),
        ("周一至周五 9:00-18:00 节假日 9:00-12:00", week((FIVE, 9, 18))),
        ("周一至周五:9:00-18:00;节假日:9:00-12:00", week((FIVE, 9, 18))),
        ("8:00-18:00（节假日8:00-12:00）", week((SEVEN, 8, 18))),
        ("工作日 9:00-17:00，休息日及法定节假日 10:00-16:00",
         week((FIVE, 9, 17), (("Sa", "Su"), 10, 16))),
        ("周一至周五9:00-17:00，周六日及法定节假日休息", week((FIVE, 9, 17))),
        ("周一至周五 9:00-17:00（国家法定节假日除外）", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00（不含节假日）", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00（遇节假日休息）", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00 逢节假日休馆", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00，节假日另行通知", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00，节假日以公告为准", week((FIVE, 9, 17))),
        ("法定工作日9:00-12:00，14:00-17:30，节假日值班", week((FIVE, 9, 12), (FIVE, 14, 17.5))),
        ("除法定节假日外每天9:00-17:00", week((SEVEN, 9, 17))),
        ("9:00-17:00，节假日照常营业", week((SEVEN, 9, 17))),
        ("周一至周日 9:00-17:00，法定假日不休息", week((SEVEN, 9, 17))),
        ("周二至周日 9:00-17:00，逢周一闭馆，国家法定节假日正常开放", week((DAYS[1:], 9, 17))),
        ("周二至周日9:00-17:00（周一闭馆，法定节假日除外）", week((DAYS[1:], 9, 17))),
        ("9:00-17:00 周一休息 遇节假日顺延", week((DAYS[1:], 9, 17))),
        ("9:00-17:00，春节休息", week((SEVEN, 9, 17))),
        ("每天 9:00-17:00，春节期间放假", week((SEVEN, 9, 17))),
        ("9:00-17:00 除春节外全年开放", week((SEVEN, 9, 17))),
        ("9:00-17:00，元旦、春节休息", week((SEVEN, 9, 17))),
        ("9:00-17:00 除夕至初六休息", week((SEVEN, 9, 17))),
        ("周一至周五 9:00-18:00 清明节 9:00-12:00", week((FIVE, 9, 18))),
        ("平时9:00-17:00，节假日9:00-20:00", week((SEVEN, 9, 17))),
        ("寒暑假 9:00-20:00，平时 9:00-17:00", week((SEVEN, 9, 17))),
        ("全年无休 9:00-17:00", week((SEVEN, 9, 17))),
        ("每周二闭馆，其余时间9:00-17:00", week((("Mo", *DAYS[2:]), 9, 17))),
        ("周二至周日9:00-17:00（16:30停止入场），周一休馆", week((DAYS[1:], 9, 17))),
        ("周一至周五9:00-17:00，其他时间休息", week((FIVE, 9, 17))),
        ("周一闭馆，9:00-17:00", week((DAYS[1:], 9, 17))),
        ("周一闭馆，每天9:00-17:00", week((DAYS[1:], 9, 17))),
        ("周一全天闭馆，9:00-17:00", week((DAYS[1:], 9, 17))),
        ("全年周一至周五9:00-17:00", week((FIVE, 9, 17))),
        ("24小时全天开放", week((SEVEN, 0, 24))),
        ("周一至周五8:00-12:00；下午2:00-5:00", week((FIVE, 8, 12), (FIVE, 14, 17))),
        ("周一至周五（8:30-17:30）", week((FIVE, 8.5, 17.5))),
        # A break within the hours.
        ("每天9:00-17:00（12:00-14:00休息）", week((SEVEN, 9, 12), (SEVEN, 14, 17))),
        ("每天9:00-17:00，中午12:00-14:00休息", week((SEVEN, 9, 12), (SEVEN, 14, 17))),
        ("9:00-12:00，14:00-17:00，12:00-14:00休息", week((SEVEN, 9, 12), (SEVEN, 14, 17))),
        ("周一至周五9:00-17:00（12:00-14:00休息），周六9:00-16:00（12:00-14:00休息）",
         week((FIVE, 9, 12), (FIVE, 14, 17), (("Sa",), 9, 12), (("Sa",), 14, 16))),
        ("周一至周五9:00-17:00，法定节假日正常休息", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00，含节假日休息", week((FIVE, 9, 17))),
        ("周一至周五9:00-17:00，周六日（含节假日）休息", week((FIVE, 9, 17))),
        # All hours of a feast are its own.
        ("周一至周五9:00-12:00，春节9:00-11:00，14:00-16:00", week((FIVE, 9, 12))),
        ("周一至周五9:00-12:00，清明节上午8:00-12:00；下午2:00-6:00", week((FIVE, 9, 12))),
        ("周一至周五8:00-17:00，暑假期间9:00-12:00", week((FIVE, 8, 17))),
        ("yes; no @ (PH)", week((SEVEN, 0, 24))),
        ("yes; no @ (节假日)", week((SEVEN, 0, 24))),
        ("yes; no @ (PH 08:00-12:00)", week((SEVEN, 0, 24))),
        ("yes; no @ (SH Mo-Fr 08:00-12:00)", week((SEVEN, 0, 24))),
        ("yes; no @ (PH,Su)", week((DAYS[:6], 0, 24))),
        ("yes; no @ (Mo-Fr 08:00-12:00; PH off)",
         week((FIVE, 0, 8), (FIVE, 12, 24), (("Sa", "Su"), 0, 24))),
        ("no; yes @ (PH)", week()),
    ],
)  # fmt: skip
def test_hours_are_read(text, right):
    assert (open_minutes(text) == right).all()


def test_a_night_goes_on_into_the_next_day():
    late = open_minutes("周日 20:00-次日2:00")
    assert (late == week((("Su",), 20, 24), (("Mo",), 0, 2))).all()


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("晚上10:00-次日6:00", 22, 6),
        ("每天 晚上8点-早上9点", 20, 9),
        ("下午2:00-次日2:00", 14, 2),
        ("晚上8:00-12:00", 20, 24),
        ("下午3:00-晚上9:00", 15, 21),
        ("下午2:00-18:00", 14, 18),
    ],
)
def test_an_evening_ends_in_the_evening_or_the_next_morning(text, begin, end):
    right = week((SEVEN, begin, end)) if begin < end else ~week((SEVEN, end, begin))
    assert (open_minutes(text) == right).all()


@pytest.mark.parametrize(
    "text",
    ["", "预约", "Mo-Fr 08:00+", "Mo-Fr 08:00-12:00+", "sunset+", "8:00-08:00", "08:00-8:00",
     "Apr-Oct 09:00-18:00", "sunrise-sunset", "周一至周五", "8小时", "25:00-26:00",
     "9:00-9:00", "Mo-Fr 08:00-17:00 by appointment", "见公告", "PH 08:00-12:00", "PH off",
     "节假日 9:00-17:00", "法定节假日休息", "春节休息", "节假日照常开放",
     "平日9:00-17:00，假日9:00-20:00", "周一至周五9:00-17:00，遇雨休息",
     "周一至周五9:00-17:00，全年无休", "周一至周五9:00-17:00（周末另行通知）",
     "每天9:00-17:00（中午休息）", "9:00-17:00，休息", "9:00-21:00关门", "周一至周日9:00-21:00停业",
     "周一至周五9:00-17:00，周六9:00-16:00，12:00-14:00休息", "闭馆：周一，9:00-17:00",
     "周三上午休息，9:00-17:00", "8:00-11:30（周一至周五） 14:00-17:00",
     "9:00-12:00（工作日），14:00-17:00", "9:00-12:00（工作日），14:00-17:00，节假日除外",
     "每天8:00-12:00（周六8:00-11:00），14:00-17:00", "9:00-17:00（节假日）",
     "周末9:00-12:00，平时8:00-17:00", "周一闭馆，周一至周五9:00-17:00",
     "5月至9月 8:00-11:30（周一至周五） 14:00-17:00",
     "SH Mo-Fr 08:00-12:00", "yes; no @ wet", "yes; no @ (Apr)"],
)  # fmt: skip
def test_what_is_not_understood_is_unknown(text):
    assert open_minutes(text) is None


def test_a_minute_of_the_week():
    assert minute_of("Mo 00:00") == 0
    assert minute_of("su 23:59") == WEEK - 1
    for wrong in ("Xx 10:00", "Mo 24:00", "Mo"):
        with pytest.raises(ValueError, match=r"."):
            minute_of(wrong)
