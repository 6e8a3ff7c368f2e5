"""The help centre: three categories with four articles each, two of them for members of staff alone."""

# (title, summary, other words, private?, [blocks]); a block is (kind, value).
CATEGORIES = [
    (
        "Orders and delivery",
        "Where your parcel is, and how to change what comes.",
        [
            (
                "Where is my parcel?",
                "How to follow a delivery, and what to do when it is late.",
                "tracking\nlate delivery\nlost package\nshipment has not arrived",
                False,
                [
                    ("text", "<p>Every parcel leaves our roastery on a Thursday and has a tracking number. You find it in the mail we send when the parcel leaves, and in your account under <b>Orders</b>.</p>"),
                    ("steps", ["Open the mail with the subject “Your coffee is on its way”.", "Follow the link to the carrier.", "Look at the date behind “expected”."]),
                    ("callout", ("tip", "<p>In the week before Christmas carriers need two days longer.</p>")),
                    ("text", "<h2>It is late</h2><p>If nothing has moved for five working days the parcel is lost more often than not. Write to us with your order number and we send another one at once; you don't have to wait for the carrier's search.</p>"),
                ],
            ),
            (
                "Change the address of a delivery",
                "For one parcel, or for all that follow.",
                "moving house\nnew address\nsend it somewhere else",
                False,
                [
                    ("text", "<p>You can change the address until Wednesday noon of the week in which we post.</p>"),
                    ("steps", ["Log in and open <b>Subscription</b>.", "Choose <b>Address</b>.", "Say whether it holds for the next parcel or for all of them, and save."]),
                    ("callout", ("warning", "<p>A parcel that has left us cannot be sent elsewhere. Ask your neighbours or the carrier to hold it.</p>")),
                ],
            ),
            (
                "Pause, skip or end a subscription",
                "Keep your price while you are away, skip one delivery, or stop for good.",
                "holiday\ncancel\nstop deliveries\nunsubscribe from coffee",
                False,
                [
                    ("text", "<p>There is no minimum term. All three take effect from the next delivery that has not been roasted yet.</p><ul><li><b>Skip</b> leaves out one delivery.</li><li><b>Pause</b> stops until the week you choose, at most six months, at the same price.</li><li><b>End</b> stops for good; what you have paid in advance is refunded within a week.</li></ul>"),
                    ("steps", ["Log in and open <b>Subscription</b>.", "Choose <b>Skip</b>, <b>Pause</b> or <b>End</b>.", "Confirm the date."]),
                ],
            ),
            (
                "What to do about a carrier's damage claim",
                "For colleagues: how to file a claim and what to promise.",
                "insurance\nbroken parcel internal",
                True,
                [
                    ("text", "<p>Send the customer a new parcel first. File the claim with photos within seven days; up to 50 pounds the carrier pays without questions.</p>"),
                ],
            ),
        ],
    ),
    (
        "Machines and care",
        "Cleaning, descaling, and what to do when something stops.",
        [
            (
                "Descale your espresso machine",
                "Every two months, every month with hard water. It takes half an hour.",
                "limescale\ncalcium\nhard water\ncleaning the boiler",
                False,
                [
                    ("text", "<p>Scale makes the machine slow, loud and lukewarm. Use our descaler, or 30 g of citric acid in a litre of <b>cold</b> water.</p>"),
                    ("steps", ["Let the machine cool down and empty the tank.", "Fill in the descaler and switch the machine on.", "Hold the steam button for five seconds; the lamp blinks.", "Let it run through, wait ten minutes, run it again.", "Rinse with two full tanks of fresh water."]),
                    ("callout", ("warning", "<p>Never use vinegar: it eats the seals.</p>")),
                ],
            ),
            (
                "Free a stuck burr",
                "When the grinder hums, whines or stops after a few seconds.",
                "grinder blocked\nloud noise\nmill does not turn\njammed",
                False,
                [
                    ("text", "<p>Most often a small stone among the beans is the reason. It is no harm if you switch off at once.</p>"),
                    ("steps", ["Pull the plug.", "Turn the hopper to the left and lift it off.", "Take the upper burr out with the handle.", "Brush out what lies between the burrs; look for a stone.", "Put everything back and turn by hand before you plug in."]),
                    ("text", "<p>If the lower burr cannot be turned by hand, stop there and send it to our workshop.</p>"),
                ],
            ),
            (
                "No steam from the wand",
                "The wand drips, or there is hardly any pressure.",
                "milk frother\nfoam\nsteamer weak",
                False,
                [
                    ("text", "<p>Milk dries in the tip within minutes. Nine of ten times a needle helps.</p>"),
                    ("steps", ["Unscrew the tip and put it into hot water for ten minutes.", "Clear each hole with a needle.", "Screw it back and let it steam for ten seconds."]),
                    ("callout", ("note", "<p>After descaling there may be air in the boiler: let hot water run for half a minute.</p>")),
                ],
            ),
            (
                "Fault codes of the Fernhill One",
                "For the workshop: what the lamp's rhythm means.",
                "error codes blinking workshop",
                True,
                [
                    ("text", "<p>Two short: thermistor. Three short: pump current. Long, short: burr carrier tight. See the wiring plan in the drawer.</p>"),
                ],
            ),
        ],
    ),
    (
        "Paying",
        "Invoices, cards, refunds and gift cards.",
        [
            (
                "Get an invoice",
                "Where invoices are, and how to put a VAT number on them.",
                "receipt\nbill\nVAT\ntax number\naccountant",
                False,
                [
                    ("text", "<p>Every order has an invoice in your account under <b>Orders</b>, as a PDF. To put a VAT number or another name on it, add them under <b>Company</b> first; invoices of the last ninety days are then made anew.</p>"),
                ],
            ),
            (
                "I was charged twice",
                "What a second booking on your card means, and how you get it back.",
                "double payment\nrefund\nmoney back\ncard shows two amounts",
                False,
                [
                    ("text", "<p>Often the second amount is a reservation that your bank drops by itself within three days. If both are still there after that, write to us with the last four digits of your card and we refund one of them the same day.</p>"),
                ],
            ),
            (
                "Use a gift card",
                "Codes, remaining value, and cards that say “already used”.",
                "voucher\ncoupon\npromo code",
                False,
                [
                    ("text", "<p>Type the code at the checkout under <b>Gift card</b>. What is left stays on the card for three years. You can see it at any time by typing the code again.</p>"),
                ],
            ),
            (
                "Pay by bank transfer",
                "For offices and shops that can't pay by card.",
                "wire transfer\npurchase order\npay by invoice\nSEPA",
                False,
                [
                    ("text", "<p>From three bags a delivery on we send to businesses on account: fourteen days, by bank transfer. Write to us with your company's name and address, and we set it up within a day.</p>"),
                ],
            ),
        ],
    ),
]  # fmt: skip
