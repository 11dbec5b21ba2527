"""Words of Japanese beside numbers: units and money."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.wordlists import table

UNITS: Final = table(
    "°C=度 °F=度 °=度 mm=ミリメートル cm=センチメートル m=メートル km=キロメートル "
    "nm=ナノメートル μm=マイクロメートル µm=マイクロメートル mm²=平方ミリメートル "
    "cm²=平方センチメートル m²=平方メートル km²=平方キロメートル m2=平方メートル "
    "km2=平方キロメートル cm³=立方センチメートル m³=立方メートル m3=立方メートル g=グラム "
    "kg=キログラム mg=ミリグラム μg=マイクログラム µg=マイクログラム t=トン lb=ポンド oz=オンス "
    "l=リットル L=リットル ml=ミリリットル mL=ミリリットル dl=デシリットル dL=デシリットル "
    "cc=シーシー "
    "kl=キロリットル kL=キロリットル ha=ヘクタール ft=フィート in=インチ yd=ヤード mi=マイル "
    "ms=ミリ秒 min=分 h=時間 Hz=ヘルツ kHz=キロヘルツ MHz=メガヘルツ GHz=ギガヘルツ V=ボルト "
    "kV=キロボルト A=アンペア mA=ミリアンペア mAh=ミリアンペア時 W=ワット kW=キロワット "
    "MW=メガワット "
    "kWh=キロワット時 J=ジュール kJ=キロジュール cal=カロリー kcal=キロカロリー Pa=パスカル "
    "hPa=ヘクトパスカル MPa=メガパスカル dB=デシベル Ω=オーム kΩ=キロオーム B=バイト KB=キロバイト "
    "kB=キロバイト MB=メガバイト GB=ギガバイト TB=テラバイト kbps=キロビーピーエス "
    "Mbps=メガビーピーエス Gbps=ギガビーピーエス px=ピクセル rpm=回転毎分 m/s=メートル毎秒 "
    "km/h=キロメートル毎時 km/s=キロメートル毎秒 mg/L=ミリグラム毎リットル ppm=ピーピーエム"
)
MONEY: Final = table(
    "$=ドル US$=ドル A$=豪ドル C$=カナダドル HK$=香港ドル NT$=台湾ドル S$=シンガポールドル "
    "R$=レアル €=ユーロ £=ポンド ¥=円 ￥=円 ₩=ウォン ₽=ルーブル ₹=ルピー ₺=リラ ฿=バーツ "
    "₫=ドン ₿=ビットコイン ¢=セント"
)
CODES: Final = table(
    "USD=ドル EUR=ユーロ GBP=ポンド JPY=円 CNY=元 RMB=元 KRW=ウォン HKD=香港ドル TWD=台湾ドル "
    "AUD=豪ドル CAD=カナダドル NZD=ニュージーランドドル SGD=シンガポールドル CHF=スイスフラン "
    "RUB=ルーブル INR=ルピー THB=バーツ VND=ドン PHP=ペソ IDR=ルピア BRL=レアル TRY=リラ"
)
CENTS: Final = table("ドル=セント 豪ドル=セント カナダドル=セント ユーロ=セント ポンド=ペンス")
"""What a hundredth of it is called."""
ERAS: Final = table("M=明治 T=大正 S=昭和 H=平成 R=令和")
