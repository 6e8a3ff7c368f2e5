"""Words that hold a sentence together and name no topic, per language.

They are compared like others where the articles use them. Where they are missing from every
article, their absence says nothing about a question.
"""

from __future__ import annotations

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
        "aber als also am an auch auf aus bei bin bis bitte da danke das dass dein dem den der "
        "des dich die dies diese dir doch du durch ein eine einem einen einer eines er es euch "
        "fuer für habe haben hat hatte ich ihr ihre im in ist ja kann kein keine können man mein "
        "meine meinem meinen meiner mich mir mit möchte muss nach nicht noch nur ob oder ohne "
        "sein seine sich sie sind so soll um und uns unser von vor wann war warum was weil welche "
        "welcher welches wenn wer werden wie wieso will wir wird wo wurde zu zum zur über"
    ),
    "fr": (
        "a ai alors as au aux avec avez avoir bonjour ce cela ces cest cet cette comme comment "
        "dans de des deux dois donc du elle elles en es est et ete etes etre eu faire fait faut "
        "il ils je la le les leur leurs lui ma mais me merci mes mon ne nos notre nous on ont ou "
        "où par pas peut peux plus pour pourquoi puis quand que quel quelle quelles quels qui "
        "quoi sa sans se ses si son sont sur ta te tes ton tu un une veux vos votre vous y été être"
    ),
    "es": (
        "a al algo ante aunque como con cual cuando cuanto de del desde donde dos e el ella ellas "
        "ellos en entre era es esa ese eso esta este esto estoy está fue gracias ha hacer hago han "
        "hasta hay he hola la las le les lo los me mi mis muy más ni no nos nosotros o para pero "
        "por porque puede puedo que quien quiero qué se sea ser si sin sobre son soy su sus sí "
        "también te tengo tiene tu tus un una uno unos y ya yo cómo cuál cuándo dónde"
    ),
    "it": (
        "a ad al alla alle anche agli ai avere c che chi ci ciao come con cosa così cui da dal "
        "dalla degli dei del della delle di dove e ed era essere fare fatto gli grazie ha hai ho i "
        "il in io l la le lei lo loro lui ma me mi mia mie miei mio molto ne nei nel nella no noi "
        "non nostro o per perché perchè più posso può qual quale quali quando quanto quella quello "
        "questa questo se sei si sia siamo sono su sua sul sulla suo ti tra tu tua tuo un una uno "
        "vi voglio vorrei è"
    ),
    "nl": (
        "aan al als bij bent ben da daar dan dat de deze die dit doe doen door dus een en er geen "
        "graag had heb hebben heeft hem het hier hij hoe hun ik in is ja je jij jullie kan kunnen "
        "kun maar me mee meer met mij mijn moet na naar niet nog nu of om ons onze ook op over "
        "te tot u uit uw van voor waar waarom wanneer want was wat we wel welke wie wij wil worden "
        "wordt zal ze zich zij zijn zo"
    ),
    "pt": (
        "a ao aos as até com como da das de dela dele deles depois do dos e ela elas ele eles em "
        "entre era essa esse esta este estou está eu faço fazer foi há isso isto já lhe mais mas me "
        "meu meus minha minhas muito na nas nem no nos não nós o obrigado onde os ou para pela pelo "
        "por porque porquê posso pode qual quais quando que quem quero se sem ser seu seus sou sua "
        "suas são também te tem tenho tu tua um uma umas uns você vocês à às é"
    ),
}

_SETS = {language: frozenset(text.split()) for language, text in _LISTS.items()}


def is_function_word(word: str, language: str) -> bool:
    return word in _SETS.get(language, ())
