"""Words of Chinese beside numbers: units, money, what is counted with 两."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.wordlists import table, words

UNITS: Final = table(
    "°C=摄氏度 °F=华氏度 °=度 mm=毫米 cm=厘米 dm=分米 m=米 km=千米 nm=纳米 μm=微米 µm=微米 "
    "mm²=平方毫米 cm²=平方厘米 dm²=平方分米 m²=平方米 km²=平方千米 cm2=平方厘米 m2=平方米 "
    "km2=平方千米 mm³=立方毫米 cm³=立方厘米 dm³=立方分米 m³=立方米 km³=立方千米 cm3=立方厘米 "
    "m3=立方米 g=克 kg=千克 mg=毫克 μg=微克 µg=微克 ng=纳克 t=吨 lb=磅 lbs=磅 oz=盎司 l=升 L=升 "
    "ml=毫升 mL=毫升 ML=兆升 dl=分升 cl=厘升 ha=公顷 ft=英尺 in=英寸 yd=码 mi=英里 s=秒 ms=毫秒 "
    "μs=微秒 µs=微秒 ns=纳秒 min=分钟 h=小时 hr=小时 Hz=赫兹 hz=赫兹 kHz=千赫兹 khz=千赫兹 "
    "MHz=兆赫兹 GHz=吉赫兹 ghz=吉赫兹 V=伏特 kV=千伏 mV=毫伏 A=安培 mA=毫安 mAh=毫安时 "
    "W=瓦 kW=千瓦 kw=千瓦 MW=兆瓦 GW=吉瓦 kWh=千瓦时 kwh=千瓦时 MWh=兆瓦时 J=焦耳 kJ=千焦 "
    "cal=卡 kcal=千卡 N=牛顿 "
    "Pa=帕斯卡 kPa=千帕 kpa=千帕 MPa=兆帕 hPa=百帕 bar=巴 dB=分贝 db=分贝 Ω=欧姆 kΩ=千欧 "
    "mol=摩尔 rpm=转每分 m/s=米每秒 km/h=千米每小时 km/s=千米每秒 mph=英里每小时 m/s²=米每二次方秒 "
    "kg/m³=千克每立方米 g/cm³=克每立方厘米 mg/L=毫克每升 g/L=克每升 μg/m³=微克每立方米 "
    "µg/m³=微克每立方米 kbps=千比特每秒 Mbps=兆比特每秒 Gbps=吉比特每秒 KB=千字节 px=像素"
)
MONEY: Final = table(
    "$=美元 US$=美元 HK$=港元 NT$=新台币 A$=澳元 C$=加元 S$=新加坡元 R$=雷亚尔 €=欧元 £=英镑 "
    "¥=元 ￥=元 ₩=韩元 ₽=卢布 ₹=卢比 ₺=里拉 ฿=泰铢 ₫=越南盾 ₿=比特币 ₪=谢克尔 ₱=比索 ¢=美分"
)
"""By sign. ¥ is read 元: whose money it is, the text says."""
CODES: Final = table(
    "USD=美元 EUR=欧元 GBP=英镑 CNY=元 RMB=元 JPY=日元 KRW=韩元 HKD=港元 TWD=新台币 MOP=澳门元 "
    "AUD=澳元 CAD=加元 NZD=新西兰元 SGD=新加坡元 CHF=瑞士法郎 RUB=卢布 INR=卢比 THB=泰铢 "
    "VND=越南盾 MYR=林吉特 IDR=印尼盾 PHP=比索 BRL=雷亚尔 TRY=里拉 SEK=瑞典克朗 "
    "NOK=挪威克朗 DKK=丹麦克朗 PLN=兹罗提 ZAR=兰特 AED=迪拉姆 SAR=里亚尔"
)
COUNTED: Final = words(
    "个 個 位 只 隻 条 條 张 張 本 辆 輛 台 臺 家 件 种 種 次 天 周 週 小时 小時 分钟 分鐘 "
    "年 岁 歲 倍 块 塊 吨 噸 米 公里 千米 公斤 千克 斤 杯 瓶 碗 层 層 遍 支 部 座 栋 棟 间 "
    "間 所 份 套 双 雙 对 對 句 首 篇 封 头 頭 匹 棵 朵 颗 顆 片 组 組 队 隊 站 步 名 门 門 "
    "项 項 场 場 架 艘 把 盒 箱 袋 包 粒 滴 堆 批 串 段 章 节 節 课 課 轮 輪 阶段 国 國 人 "
    "票 厅 廳 者 点钟 點鐘 万 萬 亿 億 千 刻钟 晚 夜 成 "
)
"""Words before which 2 is 两, not 二."""
TRADITIONAL: Final = str.maketrans(
    "两万亿点负时达零钟个华寸尺亩吨顷码里秒毫纳开兆赫兹伏特焦耳压帕欧姆后韩泰铢币湾"
    "镑卢布转数节载证迪拉图严摄麦兰",
    "兩萬億點負時達零鐘個華寸尺畝噸頃碼里秒毫納開兆赫茲伏特焦耳壓帕歐姆後韓泰銖幣灣"
    "鎊盧布轉數節載證迪拉圖嚴攝麥蘭",
)
