"""A small library of invented statistics, with what makes figures hard to show.

A value that falls, a range, a rank, an aim, 前三季度 among years, 十四五, nothing counted, crops as subjects, sources
that differ, and names that are markup.
"""

from __future__ import annotations

from pathlib import Path

HOSTILE = "<img src=x onerror=alert(1)>"
FILES = {
    "嘉善县2023年统计公报.txt": """嘉善县2023年国民经济和社会发展统计公报

嘉善县统计局　2024年3月

一、综合

2021年，嘉善县常住人口为64.9万人。2022年，嘉善县常住人口为65.3万人。2023年，嘉善县常住人口为65.8万人。2023年，嘉善县出口总额下降6.5%。

二、农业

2023年，嘉善县粮食总产量为20.5万吨，居全市第2位。
""",
    "嘉善县人口简报.md": """# 嘉善县人口简报

嘉善县统计局　2024年5月

2023年，嘉善县常住人口为66.4万人。到2025年，嘉善县常住人口力争达到70万人。
""",
    "桐乡市2023年统计公报.txt": """桐乡市2023年国民经济和社会发展统计公报

桐乡市统计局　2024年3月

2021年，桐乡市常住人口为103.1万人。2023年，桐乡市常住人口为104.2万人。2023年，桐乡市出口总额增长4.2%。

2023年，桐乡市粮食总产量为18万吨。
""",
    "嘉善县十四五规划.txt": """嘉善县“十四五”发展规划

嘉善县人民政府　2021年2月

“十四五”期间，嘉善县粮食总产量力争达到21万吨以上。到2025年，嘉善县研发投入占比提高3—5个百分点。
""",
    "作物.md": f"""# 2024年嘉善县主要作物播种面积

嘉善县农业农村局　2025年1月

| 作物 | 播种面积（亩） | 抽检不合格数 |
|---|---|---|
| 水稻 | 120,500 | 0 |
| 小麦 | 45,300 | 2 |
| {HOSTILE} | 300 | 1 |
""",
    "季报.txt": """海宁市2024年前三季度经济运行情况

海宁市统计局　2024年10月

2024年前三季度，海宁市出口总额增长8.8%。2023年，海宁市出口总额增长5.1%。2022年，海宁市出口总额增长3.7%。2024年前三季度，海宁市GDP为1010.5亿元。
""",
}


def write_bulletins(folder: Path) -> Path:
    """The files in `folder`, which is given back."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf8")
    return folder
