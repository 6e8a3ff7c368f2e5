"""Who works at Fernhill Coffee, and who writes to it."""

DEPARTMENTS = [
    ("Orders and delivery", "orders", "Parcels, subscriptions and addresses."),
    ("Machines and repairs", "machines", "Grinders, espresso machines and spare parts."),
    ("Billing", "billing", "Invoices, payments and refunds."),
]
# login, name, departments, of what group
AGENTS = [
    ("ada", "Ada Moreno", ("orders", "billing")),
    ("ben", "Ben Okafor", ("machines",)),
    ("cleo", "Cleo Lindqvist", ("orders", "machines")),
]
MANAGER = ("mira", "Mira Tanaka")
EDITOR = ("eddy", "Eddy Novak")
ADMIN = ("admin", "Site administrator")
#: Customers with an account; everybody else writes by mail or as a guest.
CUSTOMERS = [("carla", "Carla Rossi"), ("david", "David Meyer")]
GUESTS = [
    "Aisha Rahman", "Bruno Keller", "Chiara Conti", "Dmitri Volkov", "Elena Petrova", "Farid Haddad",
    "Grace Mensah", "Hugo Laurent", "Ingrid Solberg", "Jonas Weber", "Keiko Mori", "Liam Byrne",
    "Marta Kowalska", "Nadia Benali", "Oscar Nilsson", "Priya Nair", "Quentin Dubois", "Rosa Jimenez",
    "Samuel Osei", "Tereza Novotna",
]  # fmt: skip
