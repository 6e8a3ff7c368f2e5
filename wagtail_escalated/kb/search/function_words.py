"""Words that hold a sentence together and name no topic, per language.

They tell little where an article has them. Where they are missing from every article, their absence
says nothing about a question.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .text import fold, is_pair

_LISTS = {
    "en": (
        "a about all also am an and any are as at be because been but by can could did do does "
        "doing for from get give go had has have he her here him his how i id if im in into is "
        "isnt it its ive just know let like may me might must my need no not now of off on or our "
        "out please shall she should so some tell thank thanks than that thats the their them "
        "then there these they this those to too us very want was we were what whats when where "
        "which who whom whose why will with would yes you your"
    ),
    "de": (
        "aber alle alles als also am an andere auch auf aus bei bin bis bist bitte bleibt da damit danke das dass "
        "dein dem den denn der des dich die dies diese dieser dieses dir doch du durch ein eine einem einen einer "
        "eines er es etwas euch euer fuer für gibt guten habe haben habt hallo hat hatte hier ich ihm ihn ihnen ihr "
        "ihre im in ins ist ja jede jeder jemand kann kannst kein keine können könnt könnte man mehr mein meine "
        "meinem meinen meiner mich mir mit möchte muss müssen nach nicht nichts noch nun nur ob oder ohne sehr sein "
        "seine sich sie sind so soll sollte tag um und uns unser unsere viel viele vom von vor wann war warum was "
        "weil welche welchem welchen welcher welches wenn wer werde werden wie wieso wieviel will wir wird wo wohin "
        "wollen wurde würde zu zum zur über"
    ),
    "fr": (
        "a ai alors as au aussi aux avec avez avoir avons bien bonjour c ça ce cela ces cest cet cette chez combien "
        "comme comment d dans de des deux dois doit donc du elle elles en es est et etait etc ete etes etre eu eux "
        "faire fait faut il ils j jai je l la le les leur leurs lui m ma mais me merci mes mieux moi mon n ne ni nos "
        "notre nous on ont ou où par pas peut peux plus pour pourquoi pouvez puis puisje qu quand que quel quelle "
        "quelles quels quest qui quoi s sa sans savoir se ses si sil son sont sur svp t ta te tes toi ton tous tout "
        "toute toutes très tu un une veut veux vais vas vers veuillez vos votre voudrais vous y été êtes être"
    ),
    "es": (
        "a al algo algún alguna alguien ante aquí así aunque buenas buenos cada como con cosa cual cuales cuando "
        "cuanta cuantas cuanto cuantos de debo del desde donde dos e el ella ellas ellos en entre era eran es esa "
        "esas ese eso esos esta estan estas este esto estos estoy está están favor fue gracias ha haber hace hacer "
        "hago han has hasta hay he hola hoy la las le les lo los más me mi mis mucho muy más nada ni no nos nosotros "
        "nuestra nuestro o os otra otro para pero podria por porque pueda puede pueden puedo pues que quien quiere "
        "quiero quisiera qué saber se sea ser si sin sobre solo son soy su sus sí también tan te tenemos tener tengo "
        "tiene tienen toda todas todo todos tu tus un una uno unos usted ustedes va voy y ya yo cómo cuál cuándo "
        "dónde"
    ),
    "it": (
        "a ad agli ai al alla alle allo altra altro anche avere buongiorno c che chi ci ciao come con cosa cose così "
        "cui d da dagli dai dal dalla dalle dei del della delle dello deve devo di dopo dov dove e ed era essere fa "
        "faccio fare fatto favore fra gli grazie ha hai hanno ho i il in io l la le lei li lo loro lui ma me mi mia "
        "mie miei mio molto ne nei nel nella nelle no noi non nostra nostro o ogni per perché perchè però più poi "
        "posso potete potrei può qual quale quali quando quanta quanti quanto quel quella quelle quello questa queste "
        "questi questo qui se sei si sia siamo siete sono sta sto su sua sue sul sulla suo suoi ti tra tu tua tuo "
        "tutti tutto un una uno vi voglio voi vorrei vostra vostro è"
    ),
    "nl": (
        "aan al alle alles als ander andere bij bent ben dag dan dat daar de deze die dit doe doen door dus een "
        "en er geen gaan gaat goed graag had hallo heb hebben hebt heeft heel hem het hier hij hoe hoeveel hun iemand "
        "iets ik in is ja je jij jou jouw jullie kan kom komt kon kunnen kun kunt maar mag me mee meer men met mij "
        "mijn moet moeten na naar niet niets nog nu of om omdat ons onze ook op over per te ten ter toch tot u uit uw "
        "van veel voor waar waarom wanneer want waren was wat we wel welk welke werd wie wij wil willen word worden "
        "wordt zal ze zei zelf zich zij zijn zo zonder zou"
    ),
    "pt": (
        "a ao aos aqui as até cada com como da das de dela dele deles depois do dos e ela elas ele eles em entre era "
        "essa essas esse esses esta estas este estes está estão estou eu favor faço faz fazer foi gostaria há isso "
        "isto já lhe mais mas me mesmo meu meus minha minhas muito na nada nas nem no nos nossa nosso não nós o "
        "obrigado olá onde os ou outra outro para pela pelo pode podem poderia por porque porquê posso preciso quais "
        "qual quando quanta quantas quanto quantos que quem quero se seja sem ser seu seus sobre sou sua suas são só "
        "também te tem temos tenho ter teu toda todas todo todos tu tua um uma umas uns vai vocês você vou à às é"
    ),
    "sv": (
        "aldrig alla allt att av bara blev bli blir borde dag de dem den denna deras dess det detta dig din dina ditt "
        "du där då efter ej eller en er era ett för från får fått får ge gör göra ha hade han har hej hej hela henne "
        "här hon hos hur i icke ingen inget inte jag ju kan kom kommer kunna lite man med mej men mer mig min mina "
        "mitt mot mycket måste ni nu när någon något några och om oss på sen sin sina sitt ska skall skulle som så "
        "säger tack till under upp ut utan vad var varför varje vem vi vid vilka vilken vilket vill vår våra vårt än "
        "är över"
    ),
    "da": (
        "af alle alt at bare blev blive bliver da dag de dem den denne der deres det dette dig din dine dit dog du "
        "efter eller en end er et for fra få får gør gøre ham han har have hej hen hende her hos hun hvad hvem hver "
        "hvilke hvilken hvis hvor hvordan hvorfor hvornår i igen ikke ind ingen intet jeg jer kan kom kommer kunne "
        "lige man mange med meget men mere mig min mine mit mod må når noget nogen nogle nu når og også om op os over "
        "på selv sig sin sine sit skal skulle som så tak thi til ud under uden var ved vi vil ville vor være været"
    ),
    "no": (
        "alle alt at av bare ble bli blir da dag de deg dem den denne der deres det dette din ditt du eller en er et "
        "etter for fordi fra få får gjør gjøre ha hadde han har hei hennes her hos hun hva hvem hver hvilke hvilken "
        "hvis hvor hvordan hvorfor i ikke ingen inn jeg kan kom kommer kunne man mange med meg men mer min mitt mot mye "
        "må noe noen nå når og også om opp oss over på seg selv sin sitt skal skulle som så takk til under ut uten "
        "var ved vi vil ville vår være vært"
    ),
    "fi": (
        "ei eivät en entä että he hei heidän hän ja jo joka jonka jos jossa kaikki kanssa kiitos koska koskaan kuin "
        "kuinka kuka kun kyllä me meidän mihin mikä miksi millä milloin minkä minua minulla minulle minun minä missä "
        "mistä mitä miten mukaan mutta myös ne niin niitä nyt nämä ole olen olet oli on onko ovat paljonko saa saan se "
        "sen sinun sinä sitten sitä tai te tee teen tehdä teidän tulee tämä tätä vai vaikka vain voi voidaan voiko "
        "voin vielä"
    ),
    "pl": (
        "a aby albo ale bardzo bez bo by być był była było były chcę chciałbym ci co coś czego czemu czy dla dlaczego "
        "do dobry dzień dziękuję gdy gdzie go i ich ile im inne ja jak jaka jaki jakie jako je jego jej jest jestem "
        "jeśli już każdy kiedy kto która które który lub ma mam mamy mi mnie mogę moja moje mojego mojej może można "
        "muszę mój my na nad nam nas nasz nic nie niż no o od on ona oni ono po pod potem proszę przed przez przy są "
        "się skąd sobie ta tak tam te tego tej ten teraz to trzeba tu tutaj ty tylko tym u w was wasz we więc witam "
        "wszystko z za że ze"
    ),
    "cs": (
        "a aby ale ani asi až bez bude budou by byl byla bylo být chci co či dá děkuji dělat den do dobrý ho i já jak "
        "jaká jaké jaký je jeho její jejich jen jestli ještě již jsem jsi jsme jsou jste k kam kde kdo kdy když ke "
        "kolik která které který mám máme máte mé mi mít mne mně moc mohu moje možné můj můžete můžu musím my na nad "
        "nám nás náš ne nebo něco nějak není než nic o od on ona po pod podle pokud potom potřebuji prosím proč "
        "protože pro před při s se si sobě svůj ta tak také tam te ten tento to tu ty u už v vám vás váš ve více však "
        "z za ze že"
    ),
    "ro": (
        "a acest această aceste aș ai aici al ale am ar are as asta atunci au avea bună că când care ce cel cine cineva "
        "când cât câte către cu cum da dacă dar de deci decât despre din după ea ei el este eu fac face fi fie fiecare "
        "fără foarte fost i ia iar îi îl îmi în într la le li lor lui mai mă mea mei mele mereu meu mi mult mulțumesc "
        "ne nici nimic noastră nostru nu o ori pe pentru poate pot prin sa să sau se si sunt și ta te trebuie tu tău un "
        "una unde unei unui va vă voi vostru vreau"
    ),
    "hu": (
        "a abban ahhoz aki ami amikor az azt azért be csak de e egy el ez ezek ezt és én fel ha hanem hány hogy hogyan "
        "hol honnan hova ide igen ilyen is itt jó kell kérem ki kinek köszönöm le lehet lesz ma már még meg mely mennyi "
        "mert mi mikor milyen mind minden mint mit miért most nagyon napot ne nekem nem nincs ő ön önök oda olyan ott "
        "pedig rá s saját szeretnék szia te tehát to tud tudok tudom új után vagy vagyok valami van vannak vele volt"
    ),
    "tr": (
        "acaba ama ancak ben beni benim bir biri biz bizim bu bunu bunun da daha de değil diye en eğer gibi hangi hem "
        "hep her hiç için ile ise istiyorum iyi kaç kadar ki kim kime lazım lütfen merhaba mi mı mu mü musunuz nasıl ne "
        "neden nedir nerede nereden nereye niçin niye o olan olarak oldu olduğu olur on ona onlar onu onun sen senin "
        "siz sizin sonra şey şu teşekkürler tüm var ve veya ya yani yok yapabilirim yapılır yapmalıyım"
    ),
    "id": (
        "ada adalah agar akan aku anda apa apakah atau bagaimana bagi bahwa berapa bisa boleh dalam dan dapat dari di "
        "dia dimana harus hanya ingin ini itu jika juga kalau kami kamu kapan karena ke kenapa kepada kita lagi mana "
        "mau mengapa mereka mohon nya oleh pada para saja sama sampai sangat saya sebuah sedang selamat seperti siapa "
        "sudah telah terima kasih tetapi tidak tolong untuk yaitu yang"
    ),
    "ca": (
        "a al algú als amb això aquest aquesta bon com d de del dels dia el ella els em en és està estic et fa fas fer "
        "gràcies ha han has he hi hola i jo l la les li lo m ma mes meu meva més molt n na nem no nosaltres o on per "
        "perquè però podria pot puc qual quan quant quants que què qui s sa se ser seu seva si sóc són sobre també te "
        "té tenir tinc tu un una uns us va vaig vol vull vostè"
    ),
    "ru": (
        "а без бы был была были было быть в вам вами вас ваш ваша ваше ваши во вот все всё вы где да для до добрый день "
        "его ее её если есть еще ещё же за здравствуйте и из или им их к как какая какие какое какой когда кто куда ли "
        "лучше меня мне много могу может можно мной мои мой моя моё моего моей моему моём мы на над надо нам нас наш не "
        "него нее нет ни но ну нужно о об он она они оно от откуда по под пожалуйста после потом почему при про с сам "
        "свой себе себя сейчас сколько со спасибо так также такой там то тогда того тоже только том ты у уже хочу чего "
        "чем через что чтобы чья эта эти это этого этой этом этот я"
    ),
    "uk": (
        "а але без би був була були було бути в вам вас ваш ви від він вона вони все всі де для до доброго дня дякую є "
        "же з за зі і із її їх його й коли куди ли мене мені мій мого моєї мої моя моє може можна можу ми на над нам "
        "нас не немає ні но о про по під після потім при чи чого чому що щоб скільки собі та так також там те ти тільки "
        "то тому треба у хочу хто це цей ця через як яка яке який які якщо я"
    ),
    "el": (
        "α αλλά αν αντί από αυτά αυτή αυτό αυτός αυτών για γιατί δε δεν είμαι είναι ένα έναν ένας εγώ εδώ εμείς έχει "
        "έχετε έχω ευχαριστώ εσείς εσύ η ή θα θέλω και κάθε κάνω κάτι καλημέρα κι μα μας με μέσα μετά μη μια μόνο μου "
        "μπορεί μπορείτε μπορώ να ναι ο οι όμως όπως όταν ότι ού παρακαλώ πια πιο ποια ποιο ποιος πολύ πόσα πόσο ποτέ "
        "που πού πρέπει προς πρώτα πώς πως σας σε στα στη στην στις στο στον στους τα τι τη την της τις το τον του τους "
        "των υπάρχει χωρίς ως"
    ),
    "ar": (
        "أحتاج احتاج أريد اريد أستطيع استطيع أن ان أنا انا أنت انت أو او أي اي أين اين إذا اذا إلى الى إن التي الذي "
        "السلام بعد بكم به بها بين تم ثم حتى حول خلال ذلك شكرا عليكم عليه عليها على عن عند عندما عندي فقط في قبل قد قم "
        "كان كل كم كما كيف لا لدي لقد لكم لكن لم لماذا لن له لها لو لي ليس ما ماذا متى مرحبا مع من منه منها منذ هذا "
        "هذه هل هم هنا هناك هو هي و يا يكون يمكن يمكنك يمكنني"
    ),
    "fa": (
        "آن آنها آیا از است اگر او ای این با باید برای بعد به بود پس تا تو چرا چطور چقدر چگونه چه چی چیست خواهم خود در "
        "دارد دارم داریم را سلام شد شده شما شود کجا کجاست کدام کرد کردن کنم کنید که کی لطفا لطفاً ما متشکرم من مگر می "
        "میتوانم میتوان میخواهم میشود نه نیست هر هست هستم هم و ولی یا یک"
    ),
    "he": (
        "אבל או אולי אותה אותו אותי אותם אז אחרי איך אילו אין איפה איזה אך אל אם אנו אנחנו אני אפשר אצל אשר את אתה אתם "
        "בבקשה בגלל בו בין בלי גם דרך ה הוא היא היה היו הם הנה הזה הזאת ואת זאת זה זו יותר יש יכול יכולה כאן כאשר כדי "
        "כי כל כמה כמו כן כך לא לאן לה להם לו לי לך לכם למה לנו לפני מאוד מאיפה מה מי מתי מן נו על עוד עם עכשיו צריך "
        "צריכה רוצה רק של שלום שלי שלך שלכם שלנו שם תודה"
    ),
    "hi": (
        "अगर अपना अपनी अपने अब अभी आप आपका आपकी आपके इस इसका इसकी इसके इसमें इसे उन उस उसका उसे एक ऐसे और कब कभी कर "
        "करता करना करनी करने करूँ करूं करें कहाँ कहां का कि कितना कितनी कितने किया किस किसी किसने किसे की कुछ कृपया के को "
        "कोई कौन कौनसा क्या क्यों गया गयी गई चाहता चाहती चाहिए जब जहाँ जा जाता जाती जाते जाना जाने जैसे जो तक तब तरह "
        "तुम तो था थी थे दे देना द्वारा धन्यवाद नमस्ते नहीं ने पर पास फिर बहुत बारे भी मुझे मेरा मेरी मेरे में मैं मैंने या "
        "यदि यह यहाँ ये रहा रही रहे लिए ले लेकिन व वह वाला वाले वे सकता सकती सकते सब साथ से हम हमारे हमें ही हुआ हुई हुए "
        "हूँ हूं है हैं हो होगा होता होती होना होने"
    ),
    # Of pairs: how a question begins and ends in Korean.
    "ko": (
        "가요 같은 거나 게요 까요 까지 나는 나요 내가 니까 니다 되나 되는 되요 되지 돼요 든지 떻게 려고 려면 면서 무엇 뭐가 "
        "부터 서는 세요 습니 싶습 싶어 싶은 안녕 않아 않습 어떤 어떻 어디 언제 없나 없어 없습 에게 에는 에서 왔어 요구 으로 으려 "
        "으면 이나 입니 있나 있는 있어 있을 있습 저는 저희 제가 주세 주시 지만 하고 하기 하나 하는 하려 하면 하세 하지 한가 할까 "
        "할수 합니 해도 해서 해야 해요 했는 했어 것은 것을 것이 녕하 무슨 누가 누구 얼마 왜요"
    ),
}

#: Of pairs: characters that stand in no word for a thing.
_CHINESE = frozenset(
    "我你您他她它们們的了吗嗎呢吧啊么麼怎什哪谁誰请請问問把被是在和与與或就也都还還很可以要想会會不没沒這这那为為因所如何之于於个個"
)
_HIRAGANA = re.compile(r"[\u3041-\u309f]")

_SETS = {language: frozenset(map(fold, text.split())) for language, text in _LISTS.items()}
_SETS["nb"] = _SETS["nn"] = _SETS["no"]


@lru_cache(maxsize=50_000)
def is_function_word(word: str, language: str) -> bool:
    """Of a pair of characters: whether it is none of a word's own."""
    word = fold(word)
    if word in _SETS.get(language, ()):
        return True
    if not is_pair(word):
        return False
    if language == "ja":
        return bool(_HIRAGANA.search(word))
    return language == "zh" and not _CHINESE.isdisjoint(word)
