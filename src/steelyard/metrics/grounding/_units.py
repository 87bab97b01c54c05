# ruff: noqa: E501  tables of phrases are read line by line
"""Units of measure and their size: a small table, so that 5 km and 5,000 m are one length."""

from __future__ import annotations

from collections.abc import Mapping

_TABLE: Mapping[str, Mapping[str, float]] = {
    "length": {
        "km kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetros ki-lô-mét 公里 千米 キロメートル กิโลเมตร กม км": 1000.0,
        "m metre metres meter meters mètre mètres metros mét 米 メートル เมตร м": 1.0,
        "cm centimetre centimetres centimeter centimeters 厘米 センチ センチメートル": 0.01,
        "mm millimetre millimetres millimeter millimeters 毫米 ミリ": 0.001,
        "mi mile miles dặm 英里 マイル": 1609.344,
        "ft foot feet 英尺 フィート": 0.3048,
        "inch inches 英寸 インチ": 0.0254,
        "yd yard yards": 0.9144,
    },
    "mass": {
        "kg kilo kilos kilogram kilograms kilogramme 公斤 千克 キログラム キロ กิโลกรัม กก кг": 1.0,
        "g gram grams gramme grammes 克 グラム กรัม": 0.001,
        "mg milligram milligrams 毫克 ミリグラム": 1e-6,
        "t ton tons tonne tonnes tấn 吨 噸 トン ตัน": 1000.0,
        "lb lbs pound_mass": 0.45359237,
        "oz ounce ounces": 0.028349523125,
    },
    "time": {
        "ms millisecond milliseconds 毫秒 ミリ秒": 0.001,
        "s sec secs second seconds giây sekunde sekunden seconde secondes segundos 秒 วินาที": 1.0,
        "min mins minute minutes phút minuten minutos 分钟 分鐘 分間 นาที": 60.0,
        "h hr hrs hour hours giờ tiếng stunde stunden heure heures horas 小时 小時 時間 ชั่วโมง": 3600.0,
        "day days ngày tag tage tagen jour jours días 天 日間 วัน": 86400.0,
        "week weeks tuần woche wochen semaine semaines semanas 周 週間 สัปดาห์": 604800.0,
    },
    "months": {
        "month months tháng monat monate monaten mois meses 个月 個月 か月 ヶ月 カ月 เดือน": 1.0,
        "year years năm jahr jahre jahren an ans année années años лет года год 年間 ปี": 12.0,
    },
    "data": {
        "byte bytes b": 1.0,
        "kb kilobyte kilobytes": 1e3,
        "mb megabyte megabytes": 1e6,
        "gb gigabyte gigabytes": 1e9,
        "tb terabyte terabytes": 1e12,
    },
    "speed": {"km/h kmh kph": 1.0, "mph": 1.609344, "m/s": 3.6},
    "volume": {
        "l litre litres liter liters lít 升 リットル ลิตร": 1.0,
        "ml millilitre millilitres milliliter milliliters 毫升 ミリリットル": 0.001,
        "gallon gallons gal": 3.785411784,
    },
    "area": {
        "m² m2 平方米": 1.0,
        "km² km2 平方公里": 1e6,
        "ha hectare hectares héc-ta 公顷 ヘクタール": 1e4,
        "acre acres": 4046.8564224,
    },
    "power": {
        "w watt watts": 1.0,
        "kw kilowatt kilowatts": 1e3,
        "mw megawatt megawatts": 1e6,
        "gw gigawatt gigawatts": 1e9,
    },
    "energy": {"wh": 1.0, "kwh": 1e3, "mwh": 1e6, "gwh": 1e9},
    "percent": {
        "% percent pct prozent pour_cent pourcent por_ciento phần_trăm パーセント เปอร์เซ็นต์ процентов процента": 1.0,
        "percentage_points points_de_pourcentage": 1.0,
    },
    "celsius": {"°c celsius 摄氏度 度": 1.0},
    "fahrenheit": {"°f fahrenheit": 1.0},
    "USD": {"$ us$ usd dollar dollars đô_la 美元 ドル ดอลลาร์ долларов": 1.0, "cent cents ¢": 0.01},
    "EUR": {"€ eur euro euros 欧元 ユーロ ยูโร евро": 1.0},
    "GBP": {"£ gbp pound pounds 英镑 ポンド ปอนด์": 1.0},
    "yen": {"¥ jpy yen 円 日元 เยน": 1.0},
    "CNY": {"cny rmb yuan 元 人民币 nhân_dân_tệ 人民元": 1.0},
    "VND": {"₫ vnd đồng đ dong 越南盾 ドン": 1.0},
    "THB": {"฿ thb baht บาท 泰铢 バーツ": 1.0},
    "INR": {"₹ inr rupee rupees": 1.0},
    "KRW": {"₩ krw won 원 韩元": 1.0},
    "RUB": {"₽ rub рублей рубль рубля": 1.0},
}

UNITS: Mapping[str, tuple[str, float]] = {
    name.replace("_", " "): (kind, size)
    for kind, rows in _TABLE.items()
    for names, size in rows.items()
    for name in names.split()
}
"""Unit, lower case, to what it measures and its size in that measure's base unit. Currencies are measures of
their own: no exchange rate is assumed."""

SCALES: Mapping[str, int] = {
    "k": 3, "thousand": 3, "nghìn": 3, "ngàn": 3, "tausend": 3, "mille": 3, "mil": 3, "тысяч": 3, "тыс": 3, "千": 3, "พัน": 3,
    "万": 4, "萬": 4, "หมื่น": 4, "lakh": 5, "แสน": 5,
    "million": 6, "millions": 6, "mio": 6, "mn": 6, "millionen": 6, "millones": 6, "milhões": 6, "triệu": 6, "миллионов": 6,
    "миллиона": 6, "млн": 6, "百万": 6, "ล้าน": 6, "crore": 7, "亿": 8, "億": 8,
    "billion": 9, "billions": 9, "bn": 9, "tỷ": 9, "tỉ": 9, "milliarde": 9, "milliarden": 9, "mrd": 9, "milliard": 9, "milliards": 9,
    "миллиардов": 9, "млрд": 9, "十亿": 9, "十億": 9, "trillion": 12, "兆": 12, "万亿": 12,
}  # fmt: skip
"""Words that multiply the number before them, as powers of ten."""

WORD_NUMBERS: Mapping[str, int] = {
    word: value
    for words, value in (
        ("two zwei deux два", 2), ("three drei trois три", 3), ("four bốn quatre cuatro", 4),
        ("five fünf cinq cinco пять", 5), ("six sáu sechs seis", 6), ("seven bảy sieben siete", 7),
        ("eight tám huit ocho", 8), ("nine chín neun neuf nueve", 9), ("ten mười zehn dix diez", 10),
        ("eleven onze", 11), ("twelve zwölf douze doce", 12), ("thirteen", 13), ("fourteen", 14),
        ("fifteen", 15), ("sixteen", 16), ("seventeen", 17), ("eighteen", 18), ("nineteen", 19),
        ("twenty zwanzig vingt veinte", 20), ("thirty dreißig trente treinta", 30), ("forty vierzig quarante", 40),
        ("fifty fünfzig cinquante", 50), ("sixty sechzig soixante", 60), ("seventy siebzig", 70),
        ("eighty achtzig", 80), ("ninety neunzig", 90), ("hundred hundert", 100),
    )
    for word in words.split()
}  # fmt: skip
"""Number words that mean nothing else: one, once, sex and their like are left out."""
