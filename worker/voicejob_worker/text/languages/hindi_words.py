"""Words of Hindi beside numbers: units, money, months, English ordinals."""

from __future__ import annotations

from typing import Final

from voicejob_worker.text.wordlists import table, words

_LENGTHS: Final = table(
    "mm=मिलीमीटर cm=सेंटीमीटर dm=डेसीमीटर m=मीटर dam=डेकामीटर hm=हेक्टोमीटर km=किलोमीटर nm=नैनोमीटर "
    "µm=माइक्रोमीटर μm=माइक्रोमीटर in=इंच ft=फीट yd=यार्ड mi=मील ac=एकड़ ha=हेक्टेयर गज=गज"
)
_VOLUMES: Final = table(
    "l=लीटर L=लीटर ml=मिलीलीटर mL=मिलीलीटर cl=सेंटीलीटर cL=सेंटीलीटर dl=डेसीलीटर dL=डेसीलीटर "
    "dal=डेकालीटर daL=डेकालीटर hl=हेक्टोलीटर hL=हेक्टोलीटर kl=किलोलीटर kL=किलोलीटर gal=गैलन "
    "qt=क्वार्ट pt=पिंट"
)
UNITS: Final = {
    **_LENGTHS,
    **_VOLUMES,
    **{f"{sign}²": f"वर्ग {name}" for sign, name in _LENGTHS.items()},
    **{f"{sign}³": f"घन {name}" for sign, name in (*_LENGTHS.items(), *_VOLUMES.items())},
    **table(
        "°C=डिग्री_सेल्सियस °F=डिग्री_फारेनहाइट °=डिग्री K=केल्विन g=ग्राम kg=किलोग्राम mg=मिलीग्राम "
        "cg=सेंटीग्राम dg=डेसीग्राम dag=डेकाग्राम hg=हेक्टोग्राम Mg=मेगाग्राम Gg=गीगाग्राम "
        "µg=माइक्रोग्राम μg=माइक्रोग्राम lb=पाउंड lbs=पाउंड oz=आउन्स t=टन st=स्टोन q=क्विंटल ct=कैरेट "
        "W=वाट kW=किलोवाट KW=किलोवाट MW=मेगावाट GW=गीगावाट kWh=किलोवाट_घंटा V=वोल्ट kV=किलोवोल्ट "
        "A=ऐंपीयर mA=मिलीऐंपीयर mAh=मिलीऐंपीयर_घंटा Ω=ओम MΩ=मेगाओम kΩ=किलोओम C=कूलंब J=जूल "
        "kJ=किलोजूल cal=कैलोरी kcal=किलोकैलोरी N=न्यूटन Pa=पास्कल kPa=किलोपास्कल MPa=मेगापास्कल "
        "Hz=हर्ट्ज़ kHz=किलोहर्ट्ज़ KHz=किलोहर्ट्ज़ MHz=मेगाहर्ट्ज़ GHz=गीगाहर्ट्ज़ dB=डेसीबल b=बिट B=बाइट "
        "KB=किलोबाइट kB=किलोबाइट MB=मेगाबाइट GB=गीगाबाइट TB=टेराबाइट PB=पेटाबाइट Mb=मेगाबिट "
        "Mbps=मेगाबिट_प्रति_सेकंड km/h=किलोमीटर_प्रति_घंटा km/hr=किलोमीटर_प्रति_घंटा "
        "kmph=किलोमीटर_प्रति_घंटा km/min=किलोमीटर_प्रति_मिनट km/s=किलोमीटर_प्रति_सेकंड "
        "m/s=मीटर_प्रति_सेकंड m/h=मीटर_प्रति_घंटा m/hr=मीटर_प्रति_घंटा mi/h=मील_प्रति_घंटा "
        "mi/hr=मील_प्रति_घंटा mi/min=मील_प्रति_मिनट mi/s=मील_प्रति_सेकंड mph=मील_प्रति_घंटा "
        "g/cm³=ग्राम_प्रति_घन_सेंटीमीटर mg/dL=मिलीग्राम_प्रति_डेसीलीटर hp=हॉर्सपॉवर pH=पीएच %=प्रतिशत "
        "किमी=किलोमीटर सेमी=सेंटीमीटर मिमी=मिलीमीटर किग्रा=किलोग्राम मिली=मिलीलीटर"
    ),
}
"""By sign. µ stands beside μ: both are typed."""
SPANS: Final = table(
    "s=सेकंड sec=सेकंड min=मिनट hr=घंटा hrs=घंटे h=घंटे d=दिन month=महीना months=महीने yr=साल yrs=साल "
    "doz=दर्जन"
)
"""Units whose halves and quarters are words of their own (ढाई साल)."""
COUNTED: Final = words(
    "लाख करोड़ अरब खरब हज़ार हजार सौ घंटे घंटा घण्टे साल वर्ष बरस महीने माह दिन हफ़्ते हफ्ते सप्ताह सदियां मिनट "
    "बजे किलो लीटर मीटर गुना गुने दर्जन रुपये रुपए प्रतिशत फीसदी इंच फुट मील बीघा एकड़ तोला"
)
"""Nouns beside which a half or a quarter is a word of its own (साढ़े तीन किलो)."""
MONEY: Final = table(
    "₹=रुपए Rs.=रुपए Rs=रुपए रु.=रुपए INR=रुपए $=डॉलर US$=डॉलर USD=डॉलर £=पाउंड GBP=पाउंड €=यूरो EUR=यूरो "
    "₩=वॉन KRW=वॉन ₺=लीरा TRY=लीरा ৳=टका BDT=टका ¥=येन JPY=येन ₦=नाइरा NGN=नाइरा ₽=रूबल RUB=रूबल "
    "₨=रुपए CNY=युआन AED=दिरहम SAR=रियाल ฿=बाट ₪=शेकेल ₫=डोंग R$=रियल ₿=बिटकॉइन"
)
CENTS: Final = table(
    "रुपए=पैसे टका=पैसे डॉलर=सेंट यूरो=सेंट पाउंड=पेंस वॉन=जिओन लीरा=कुरस येन=सेन नाइरा=कोबो रूबल=कोपेक "
    "युआन=फेन दिरहम=फिल्स रियाल=हलाला"
)
"""What a hundredth of it is called."""
TITLES: Final = table(
    "डॉ=डॉक्टर डा=डॉक्टर प्रो=प्रोफेसर इं=इंजीनियर ले=लेफ्टिनेंट वै=वैज्ञानिक कु=कुमारी मा=मास्टर पं=पंडित"
)
"""With a full stop before a name."""
ONE: Final = table("रुपए=रुपया")
"""What the word is after one, where that is another."""
MONTHS: Final = words("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर")
MONTH_NAMES: Final = (*MONTHS, *words("फरवरी सितम्बर अक्तूबर नवम्बर दिसम्बर"))
ORDINALS: Final = dict(
    enumerate(
        words(
            "फ़र्स्ट सेकंड थर्ड फ़ोर्थ फ़िफ्थ सिक्स्थ सेवंथ एटथ नाइंथ टेंथ इलेवंथ ट्वेल्फ्थ थर्टींथ फोर्टींथ फिफ्टींथ "
            "सिक्सटींथ सेवंटींथ एटींथ नाइंटींथ ट्वेंटिएथ"
        ),
        1,
    )
)
"""Of English, as Hindi writes them: 1st, 2nd."""
IRREGULAR: Final = table("1=पहल 2=दूसर 3=तीसर 4=चौथ 6=छठ")
"""Stems of the ordinals that end in ला, रा, था, ठा."""
