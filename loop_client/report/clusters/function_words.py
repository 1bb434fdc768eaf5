"""Function words of some languages: words that say nothing about a subject, as `folded`.

They are part of no anchor. Scripts without blanks have none here: their terms are pairs of characters, of which the
frequent ones are left out for being frequent.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from loop_client.report.clusters.terms import stem

_WORDS: Final = {
    "English": (
        "about above after afternoon again against all almost along already also although always am an and "
        "another any anybody anyone anything anyway are aren around as ask asked at away back be became "
        "because been before being below best between both but by came can cannot cheers could couldn day "
        "days dear did didn do does doesn doing don done down during each either else end enough even ever "
        "every everybody everyone everything far few first for from further gave get gets getting give given "
        "gives go goes going gone good got great had has hasn have haven having he hello help her here hers "
        "herself hi him himself his hour hours how however if in instead into is isn it its itself just keep "
        "keeps kept kind know last least less let like likes little ll long look looks lot made make makes "
        "making many may maybe me might mine minute minutes month months more morning most much must my "
        "myself near need needs neither never new next no nobody none nor not nothing now of off often ok "
        "okay old on once one ones only or other others our ours ourselves out over own part people perhaps "
        "please put quite rather re really regards right said same saw say says second see seem seems seen "
        "several shall she should shouldn show since so some somebody someone something sometimes soon still "
        "such sure take taken takes team tell than thank thanks that the their theirs them themselves then "
        "there these they thing things think this those though three through thus time times to today "
        "together told too took toward tried try trying two under until up upon us use used uses using ve "
        "very via want wanted wants was wasn way we week weeks well went were weren what whatever when "
        "whenever where whether which while who whole whom whose why will with within without won work "
        "working works would wouldn year years yes yet you your yours yourself"
    ),
    "German": (
        "ab aber alle allem allen aller alles also am an andere anderen auch auf aus bei beim bis "
        "bitte da dabei damit danke dann das dass dein dem den denn der des dich dies diese diesem diesen "
        "dieser dieses dir doch dort du durch ein eine einem einen einer eines einmal er es etwas euch euer "
        "eure fur ganz gar gegen geht gibt grusse habe haben hallo hatte hin hinter ich ihm ihn "
        "ihnen ihr ihre ihrem ihren im immer in ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine "
        "keinen konnen konnte machen mal mehr mein meine meinem meinen mich mir mit muss mussen nach neu "
        "nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich sie sind so soll sollte sonst "
        "uber um und uns unser unsere unserem unseren unter viel vom von vor wann waren warum was weil "
        "wenn wer werden wie wieder will wir wird wo wollen worden wurde wurden zu zum zur zwei zwischen"
    ),
    "French": (
        "ai alors apres as au aucun aucune aussi autre autres aux avant avec avez avoir avons bien bonjour "
        "ce cela ces cet cette chaque chez comme contre dans de depuis des deux donc du elle "
        "elles en encore entre est et etait etes etre eux faire fait faut ici il ils jamais je la le les leur "
        "leurs lors lui ma mais me meme merci mes moi moins mon ne ni non nos notre nous on ont ou par parce "
        "pas peu peut plusieurs pouvez quand que quel quelle quelles quels qui quoi sa sans se ses "
        "si sont sous ta te tes toi ton toujours tous tout toute toutes tres trop tu un une vers voir "
        "vos votre vous"
    ),
    "Spanish": (
        "al algo algun alguna antes asi aun aunque bien cada casi como con contra cual cuando de del desde "
        "donde dos el ella ellas ellos en entre eres es esa esas ese eso esos esta estaba estan estar "
        "estas este esto estos fue gracias ha hace hacer hacia han hasta hay hola la las le les lo los mas me "
        "mi mientras mis mucho muy nada ni no nos nosotros nuestra nuestro nunca otra otras otro otros para "
        "pero poco por porque puede puedo que quien se ser si sido siempre sobre solo su sus "
        "tambien tan tanto te tiene tienen toda todas tras tu tus un una uno unos usted ustedes ya "
        "yo"
    ),
    "Portuguese": (
        "ao aos ate cada com como da das dela dele depois do dos ela elas ele eles em entre essa essas "
        "esse esses esta estao estar este eu foi for ha isso isto ja mais mas me mesmo meu minha muito na nao "
        "nas nem no nos nossa nosso num numa obrigado ola os ou para pela pelo pode por porque quando quem "
        "sao se sem ser seu so sobre sua tambem te tem temos tenho toda todas tudo um uma voce "
        "voces"
    ),
    "Italian": (
        "ai al alla alle anche ancora avere che chi ci ciao con contro cosa cui da dal dalla dei del "
        "della delle dello di dopo dove due ed essere fa fare fra gia gli grazie ha hanno ho il in io la "
        "le lei lo loro lui ma mai me mi mia mio molto ne nei nel nella noi non nostra nostro nulla ogni "
        "oppure perche piu poco poi prima puo qua quale quando quanto quella quelle quelli quello questa "
        "queste questi questo qui sono sta stata stato su sua sugli sul sulla suo tra tre troppo tu tutta "
        "tutte tutti tutto un una uno vi voi vostro"
    ),
    "Dutch": (
        "aan al alle altijd andere bedankt ben bij dan dat de deze dit doen door dus een en er gaan "
        "geen graag had hallo hebben hebt heeft hem het hij hoe ik in is ja je jij jullie kan kon kunnen "
        "maar me meer mij mijn moet moeten na naar niet niets nog nu of om omdat onder ons onze ook op "
        "over te tegen toch toen tot twee uit uw veel voor waar waarom wanneer want waren was wat weer "
        "wel wie wij wil worden wordt zal ze zeer zelf zich zij zijn zo zonder zou"
    ),
    "Swedish, Danish, Norwegian": (
        "alla alle allt andra andre att av blev bli blir dar de deg dem den denna denne der deres det dette "
        "din du efter eller en et ett etter fick for fra fran gar ha hade han har hei hej henne hvad hvem "
        "hver hvis hvor hvordan ikke ingen inte jag jeg kan kom kun kunne mange med meg mig min mit "
        "mitt mot mycket nagon nar noe noen nogle nu ny ocksa og om os oss over pa sa sadan seg ser sig "
        "ska skal skulle som tack takk til ud under upp ut utan uten vad vara vart ved vi vid vil "
        "vill vor vore"
    ),
    "Polish, Czech": (
        "aby ale ani asi bez bo by byc byl byla bylo co coz czy dla do gdy gdzie ich jak jako jego jej jeji "
        "jen jest jeste jeszcze jich jiz kde kdy kdyz ke ktera ktere ktora ktore ktory ma mam mi mimo moj "
        "moze mozna muj na nad nam nas nasz nebo nez ni nic nie niz od oraz po podle pokud potem proc "
        "prosim prosze protoze prze przed przez przy sa se sie sobie su tak taky tam te tego tej tez to "
        "tom tu tutaj ty tylko tym uz ve vsak wiec wszystko za ze"
    ),
    "Turkish": (
        "acaba ama artik bana ben beni benim bir biri biz bize bizim bu buna bunu bunun cok cunku da daha de "
        "degil diye en gibi hala hep her hic icin ile ise kadar ki kim merhaba mi mu nasil ne neden niye olan "
        "olarak oldu oldugu olur onlar onu onun sadece sen siz sizin sonra su tesekkurler tum ve veya ya "
        "yani yok"
    ),
    "Russian, Ukrainian": (
        "або але без був бути был была были было быть вам вас ваш весь во вона вони воно вот все всего всех "
        "вы від він где да даже де для до дуже дякую его ее если есть еще же за здесь здравствуйте из или им "
        "их как когда коли кто ли ми мне може можно мой мы на над нам нас наш не немає нет ни но ну об он она "
        "они оно от очень по под после почему при про раз сам свой себя со спасибо та так также там те тем то "
        "тоже только тот ты тільки уже хотя це цей чего чем чи чому что чтобы що щоб эта эти это этого этот "
        "як якщо із"
    ),
    "Greek": (
        "αλλα αν απο αυτα αυτη αυτο αυτοσ για δεν εγω ειναι εμασ ενα εναν ευχαριστω εχει εχω θα και κατα μασ "
        "με μετα μην μια μου να οι οπωσ οταν οτι ουτε πιο που προσ πωσ σαν σασ σε στη στην στο στον στουσ τα "
        "τη την τησ τι το τον του τουσ των ωσ"
    ),
    "Arabic, Persian": (
        "اذا از است الا التي الذي الي ان او اي اين با بر براي بعد به بها بود بين تا تر ثم حتي حيث خود در ذلك "
        "را شد شده شكرا شما علي عليه عن عند غير في فيه فيها قبل قد كان كانت كرد كل كما كنم كه لا لكن لم لن له "
        "لها ليس ما مع ممنون من منذ منه مي نحن نيست هذا هذه هر هل هم همه هنا هو هي يا يك"
    ),
    "Hebrew": (
        "אבל או אותו אותי אחרי איך אין אל אם אנחנו אני את אתה בין בלי גם הוא הזאת הזה היא היה הם זאת זה יש "
        "כבר כדי כל כמו כן לא לה לו לי לנו מאוד מה מי מן עד עוד על עם רק של שלי שלכם שלנו תודה"
    ),
    "Hindi": (
        "अब आप इस उस एक और कर करता करते करना करने का कि किया की कुछ के को कोई क्या गया जब जो तक तो था थी थे "
        "धन्यवाद नहीं ने पर बहुत भी मुझे में मेरा मेरी मेरे मैं यह या ये रहा रही रहे वह वे सकते से हम हमारे "
        "ही है हैं हो होता होती होने"
    ),
    "Indonesian, Malay": (
        "ada adalah agar akan aku anda atau bagi bahwa banyak belum bisa boleh dan dapat dari dengan di dia "
        "hanya harus ini itu jadi jika juga kalau kami kamu karena ke kita lagi lebih masih mereka mohon oleh "
        "pada saat saja sangat saya sebagai sebelum secara semua seperti setelah sudah supaya tapi telah "
        "terima tetapi tidak tolong untuk yang"
    ),
    "Vietnamese": (
        "anh bi cac cai cho chua chung co con cua cung dang de den di duoc gi hay hon khi khong la lai "
        "lam len mot nay neu nhieu nhu nhung phai ra rat sau se tai thi toi trong tu va vao ve vi voi"
    ),
}
"""By language. A word that names a thing in English, such as "van", is in no other language's list."""


@cache
def function_terms() -> frozenset[str]:
    """The stems of all these words."""
    return frozenset(stem(word) for words in _WORDS.values() for word in words.split())
