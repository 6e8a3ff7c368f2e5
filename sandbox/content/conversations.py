"""What people ask Fernhill Coffee, and what they are told: (department, type, subject, text, answers).

An answer that begins with ``>`` is the customer's; one that begins with ``!`` is a note between colleagues.
"""

CONVERSATIONS = [
    ("orders", "question", "My parcel has not arrived", "I ordered two bags of the Guji last week and the tracking has said “in transit” for five days. Could you find out where it is?", ["I asked the carrier: your parcel is in the depot in Leeds and goes out tomorrow. If it is not there by Thursday we send another one.", ">It came this morning, thank you for being so quick!"]),
    ("machines", "problem", "Grinder makes a loud noise and stops", "Since yesterday my Fernhill One grinder makes a loud whining noise and stops after three seconds. I cleaned it, but that did not help.", ["Thank you for the description. Does the upper burr turn freely when you move it by hand with the plug pulled?", ">No, it is stuck. There is something between the burrs, I think.", "!Third stuck burr from the March batch. Ben, could you look whether the carrier was too tight?", "That is a small stone. Please follow the steps in “Free a stuck burr”; if it still will not turn we send you a new carrier."]),
    ("billing", "question", "Invoice with our VAT number", "Could you add our VAT number to the invoice for order 20817? Our accountant sends it back otherwise.", ["Done: the new invoice is on its way to you, and the number is saved for the orders to come."]),
    ("orders", "task", "Change of address from next month", "We are moving on the first of the month. Please send the subscription to 12 Orchard Lane from then on.", ["The new address is set from the delivery on the 4th onwards."]),
    ("orders", "question", "Can I pause my subscription?", "I am away for six weeks. Can I pause without losing my price?", ["Yes: in your account choose “Pause” and the week you return. Your price stays as it is."]),
    ("machines", "incident", "Espresso machine leaks under the tank", "Every morning there is a small puddle under the water tank. The seal looks fine to me.", ["Could you send a photo of the valve at the bottom of the tank?", ">Here it is. The rubber has a crack, now that I look at it closely.", "That is it. A new valve is in the post, free of charge; fitting it takes a minute."]),
    ("billing", "problem", "Charged twice for one order", "My card shows the same amount twice on the same day. Please refund one of them.", ["!Payment provider confirms a double capture at 09:14, refund triggered.", "You are right, and we are sorry. The second payment goes back to your card within three working days."]),
    ("machines", "question", "Which descaler may I use?", "My water is very hard. May I use citric acid instead of your descaler?", ["Citric acid is fine below 40 °C, 30 g to a litre. In hot water it leaves a residue, so let the machine cool down first."]),
    ("orders", "problem", "Wrong grind in the bag", "I ordered whole beans and got ground coffee, for filter by the look of it.", ["Keep the bag for a friend with a filter: the right one leaves today."]),
    ("orders", "question", "Do you deliver to Norway?", "My parents live in Bergen and I would like to send them a gift subscription.", ["We do, with duties paid by us. Choose Norway at the checkout and the gift card is printed in Norwegian."]),
    ("machines", "task", "Repair of a grinder out of guarantee", "My grinder is four years old and the switch is broken. What would a repair cost?", ["The switch is 9 pounds and takes us a quarter of an hour. Send it in, and we tell you before we do more."]),
    ("billing", "question", "Gift card does not work", "The code of my gift card says “already used”, but I never used it.", ["It was used in March for order 19922, sent to your own address. Could somebody in your house have ordered?", ">Oh. My daughter. I am sorry for the trouble!"]),
    ("orders", "question", "How fresh are the beans?", "When were the beans roasted that you send out this week?", []),
    ("machines", "problem", "Steam wand has no pressure", "The wand drips and there is hardly any steam, since I descaled the machine on Sunday.", []),
    ("orders", "problem", "Bag arrived open", "The seal of one bag was open and half of the beans were in the parcel.", []),
    ("billing", "question", "Can we pay by bank transfer?", "We are an office of thirty people and can't pay by card. Is there another way?", []),
    ("orders", "task", "Add a second address for the office", "Please add our office as a second delivery address: one bag there, two at home.", []),
    ("machines", "question", "Manual in German", "Gibt es die Anleitung auch auf Deutsch? Meine Mutter liest kein Englisch.", []),
]  # fmt: skip
