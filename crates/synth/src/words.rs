//! Names that descriptors are made of. People are obviously invented; employers and local shops are put together from
//! parts, so that a portfolio has thousands of shapes and a long tail.

use crate::draw::Draw;

pub(crate) const BANKS: &[&str] = &[
    "First Example Bank",
    "Prairie Example Credit Union",
    "Harbor Sample Bank",
    "Summit Sample Savings",
    "Northern Test Bank",
    "Example Mobile Bank",
];

pub(crate) const CITIES: &[(&str, &str)] = &[
    ("DALLAS", "TX"),
    ("HOUSTON", "TX"),
    ("AUSTIN", "TX"),
    ("EL PASO", "TX"),
    ("PHOENIX", "AZ"),
    ("TUCSON", "AZ"),
    ("DENVER", "CO"),
    ("AURORA", "CO"),
    ("TAMPA", "FL"),
    ("MIAMI", "FL"),
    ("ORLANDO", "FL"),
    ("ATLANTA", "GA"),
    ("MACON", "GA"),
    ("CHICAGO", "IL"),
    ("PEORIA", "IL"),
    ("BOSTON", "MA"),
    ("DETROIT", "MI"),
    ("LANSING", "MI"),
    ("ST PAUL", "MN"),
    ("KANSAS CITY", "MO"),
    ("ST LOUIS", "MO"),
    ("CHARLOTTE", "NC"),
    ("RALEIGH", "NC"),
    ("OMAHA", "NE"),
    ("NEWARK", "NJ"),
    ("BUFFALO", "NY"),
    ("BROOKLYN", "NY"),
    ("COLUMBUS", "OH"),
    ("TOLEDO", "OH"),
    ("TULSA", "OK"),
    ("PORTLAND", "OR"),
    ("SALEM", "OR"),
    ("PITTSBURGH", "PA"),
    ("ERIE", "PA"),
    ("MEMPHIS", "TN"),
    ("NASHVILLE", "TN"),
    ("SEATTLE", "WA"),
    ("SPOKANE", "WA"),
    ("MADISON", "WI"),
    ("RENO", "NV"),
    ("FRESNO", "CA"),
    ("OAKLAND", "CA"),
    ("SAN DIEGO", "CA"),
    ("MOBILE", "AL"),
    ("LITTLE ROCK", "AR"),
    ("BOISE", "ID"),
    ("WICHITA", "KS"),
    ("BATON ROUGE", "LA"),
];

const FIRST: &[&str] = &[
    "AVERY", "JORDAN", "CASEY", "RILEY", "MORGAN", "QUINN", "ROWAN", "SKYLER", "TAYLOR", "PARKER", "REESE", "HAYDEN",
    "EMERY", "FINLEY", "DAKOTA", "LANE",
];
const LAST: &[&str] = &[
    "EXAMPLE",
    "SAMPLEWELL",
    "TESTERLY",
    "MOCKSON",
    "PLACEHOLD",
    "FIXTURE",
    "DUMMETT",
    "SPECIMEN",
    "DEMOSKI",
    "PROTOTYPE",
];

const FIRM_HEADS: &[&str] = &[
    "ACME",
    "BLUE RIVER",
    "CEDAR",
    "DELTA",
    "EVERGREEN",
    "FALCON",
    "GRANITE",
    "HARBOR",
    "IRONWOOD",
    "JUNIPER",
    "KEYSTONE",
    "LAKESIDE",
    "MERIDIAN",
    "NORTHSTAR",
    "ORCHARD",
    "PIONEER",
    "QUARRY",
    "REDWOOD",
    "SUMMIT",
    "TRIDENT",
    "UNITY",
    "VALLEY",
    "WESTGATE",
    "YELLOWSTONE",
    "ZENITH",
    "BRIGHT",
    "COBALT",
    "DOMINION",
    "EAGLE",
    "FRONTIER",
];
const FIRM_TAILS: &[&str] = &[
    "LOGISTICS",
    "HEALTH",
    "FOODS",
    "SYSTEMS",
    "STAFFING",
    "SCHOOL DIST",
    "MANUFACTURING",
    "RETAIL",
    "HOSPITAL",
    "FREIGHT",
    "HOLDINGS",
    "SERVICES",
    "MEDICAL GRP",
    "CONSTRUCTION",
    "HOTELS",
    "SOFTWARE",
    "LABS",
    "ENERGY",
    "PACKAGING",
    "COUNTY",
];
const SHOP_HEADS: &[&str] = &[
    "BLUE CUP",
    "GOLDEN",
    "LUCKY",
    "MAIN STREET",
    "OLD TOWN",
    "RIVERSIDE",
    "SUNNY",
    "TWIN OAKS",
    "URBAN",
    "VILLAGE",
    "CORNER",
    "HAPPY",
    "GREEN LEAF",
    "RED DOOR",
    "SILVER",
    "MAPLE",
    "LITTLE",
    "GRAND",
    "FIVE POINTS",
    "HILLTOP",
    "PRAIRIE",
    "COPPER",
    "STONE",
    "WILLOW",
    "BLACKBIRD",
    "PARKSIDE",
    "LOS AMIGOS",
    "SAIGON",
    "NAPOLI",
    "CARIBE",
];
const SHOP_TAILS: &[&str] = &[
    "COFFEE",
    "TACOS",
    "PIZZA",
    "CAFE",
    "DINER",
    "BAKERY",
    "GRILL",
    "NOODLES",
    "BARBER",
    "NAILS",
    "GIFTS",
    "HARDWARE",
    "BOOKS",
    "FLORIST",
    "THRIFT",
    "DELI",
    "TAQUERIA",
    "BBQ",
    "SMOOTHIES",
    "PET SUPPLY",
];
const SHOP_PREFIXES: &[&str] = &["SQ *", "TST* ", "SQ *", "", "", "PY *", "CLOVER* "];

pub(crate) const GROCERS: &[&str] = &[
    "WAL-MART",
    "WM SUPERCENTER",
    "KROGER",
    "ALDI",
    "H-E-B",
    "PUBLIX",
    "SAFEWAY",
    "FOOD LION",
    "TRADER JOE S",
    "WINCO FOODS",
    "COSTCO WHSE",
    "MEIJER",
    "ALBERTSONS",
    "SPROUTS FARMERS",
    "STOP & SHOP",
    "WHOLEFDS",
    "HY-VEE",
    "GIANT EAGLE",
];
pub(crate) const FUEL: &[&str] = &[
    "SHELL OIL",
    "EXXONMOBIL",
    "CHEVRON",
    "BP",
    "CIRCLE K",
    "7-ELEVEN",
    "QT",
    "RACETRAC",
    "WAWA",
    "SPEEDWAY",
    "MARATHON PETRO",
    "VALERO",
    "LOVES TRAVEL",
    "CASEYS GEN STORE",
    "SUNOCO",
    "PILOT",
];
pub(crate) const RESTAURANTS: &[&str] = &[
    "MCDONALD'S",
    "CHIPOTLE",
    "STARBUCKS STORE",
    "TACO BELL",
    "CHICK-FIL-A",
    "WENDYS",
    "SUBWAY",
    "DUNKIN",
    "PANERA BREAD",
    "DOMINO'S",
    "BURGER KING",
    "PANDA EXPRESS",
    "SONIC DRIVE IN",
    "DOORDASH*",
    "UBER EATS",
    "GRUBHUB*",
    "POPEYES",
    "KFC",
];
pub(crate) const SHOPS: &[&str] = &[
    "AMAZON MKTPL*",
    "AMZN MKTP US*",
    "TARGET",
    "DOLLAR GENERAL",
    "DOLLAR TREE",
    "HOME DEPOT",
    "LOWE'S",
    "BEST BUY",
    "ROSS STORE",
    "MARSHALLS",
    "KOHL'S",
    "OLD NAVY",
    "ETSY.COM",
    "EBAY O*",
    "BIG LOTS",
    "FIVE BELOW",
    "PETSMART",
    "IKEA",
    "NIKE.COM",
    "AUTOZONE",
    "TJ MAXX",
];
pub(crate) const HEALTH: &[&str] =
    &["CVS/PHARMACY", "WALGREENS", "RITE AID", "QUEST DIAGNOSTICS", "ASPEN DENTAL", "URGENT CARE CLINIC", "LABCORP"];
pub(crate) const SUBSCRIPTIONS: &[(&str, i64)] = &[
    ("NETFLIX.COM", 1_549),
    ("SPOTIFY USA", 1_199),
    ("HULU", 1_799),
    ("APPLE.COM/BILL", 999),
    ("DISNEY PLUS", 1_399),
    ("PLANET FITNESS", 2_499),
    ("AMAZON PRIME*", 1_499),
    ("GOOGLE *YOUTUBE", 1_399),
    ("MICROSOFT*XBOX", 1_699),
    ("MAX.COM", 1_699),
];
pub(crate) const UTILITIES: &[&str] = &[
    "CITY UTILITIES",
    "DUKE ENERGY",
    "CONED",
    "PG&E",
    "FPL",
    "XCEL ENERGY",
    "ATMOS ENERGY",
    "CENTERPOINT",
    "WATER DEPT",
    "GEORGIA POWER",
    "ENTERGY",
];
pub(crate) const TELECOMS: &[&str] = &[
    "VERIZON WRLS",
    "T-MOBILE",
    "ATT",
    "COMCAST XFINITY",
    "SPECTRUM",
    "CRICKET WIRELESS",
    "METRO BY T-MOBILE",
    "COX COMM",
];
pub(crate) const INSURERS: &[&str] =
    &["GEICO", "PROGRESSIVE INS", "STATE FARM", "ALLSTATE", "USAA P&C", "LIBERTY MUTUAL", "ROOT INSURANCE"];
pub(crate) const AUTO_LENDERS: &[&str] = &[
    "TOYOTA FINANCIAL",
    "ALLY AUTO",
    "SANTANDER CONSUMER",
    "FORD MOTOR CR",
    "CAPITAL ONE AUTO",
    "WESTLAKE FINANCIAL",
    "HONDA FIN SVC",
    "CREDIT ACCEPTANCE",
];
pub(crate) const STUDENT_LENDERS: &[&str] = &["NELNET", "DEPT EDUCATION", "MOHELA", "AIDVANTAGE", "SALLIE MAE"];
pub(crate) const PERSONAL_LENDERS: &[&str] =
    &["ONEMAIN FINANCIAL", "UPSTART", "LENDINGCLUB", "AVANT LLC", "BEST EGG", "PROSPER", "MARINER FINANCE"];
pub(crate) const CARD_ISSUERS: &[&str] = &[
    "CAPITAL ONE",
    "CHASE CREDIT CRD",
    "CITI CARD ONLINE",
    "DISCOVER",
    "AMEX EPAYMENT",
    "SYNCHRONY BANK",
    "CREDIT ONE BANK",
];
pub(crate) const MORTGAGES: &[&str] = &["ROCKET MORTGAGE", "MR COOPER", "FREEDOM MTG", "PENNYMAC", "WELLS FARGO MTG"];
pub(crate) const ADVANCE_APPS: &[(&str, &str)] = &[
    ("DAVE INC", "EXTRACASH"),
    ("EARNIN", "ACTIVEHOURS"),
    ("BRIGIT", "ADVANCE"),
    ("CLEO AI", "ADVANCE"),
    ("MONEYLION", "INSTACASH"),
    ("KLOVER APP", "ADVANCE"),
    ("ALBERT", "INSTANT"),
    ("EMPOWER", "CASH ADV"),
];
pub(crate) const PAYDAY_LENDERS: &[(&str, &str)] = &[
    ("CASHNETUSA", "LOAN"),
    ("SPEEDY CASH", "PAYDAY"),
    ("ACE CASH EXPRESS", "LOAN"),
    ("CHECK INTO CASH", "ADV"),
    ("OPPLOANS", "OPPFI"),
    ("ADVANCE AMERICA", "CASH ADV"),
];
pub(crate) const BNPL: &[&str] = &["KLARNA*", "AFFIRM *PAY", "AFTERPAY", "ZIP.CO *", "SEZZLE"];
pub(crate) const GAMBLING: &[&str] =
    &["DRAFTKINGS", "FANDUEL", "BETMGM", "CAESARS SPORTSBOOK", "PRIZEPICKS", "STATE LOTTERY", "HARD ROCK BET"];
pub(crate) const GIGS: &[(&str, &str)] = &[
    ("UBER", "EDI PAYMNT"),
    ("RAISER", "UBER PAYOUT"),
    ("LYFT", "DRIVERPAY"),
    ("DOORDASH", "DASHER PAY"),
    ("INSTACART", "SHOPPER PAY"),
    ("GRUBHUB INC", "DRIVER PAY"),
    ("AMAZON FLEX", "PAYMENT"),
    ("TASKRABBIT", "PAYOUT"),
];
pub(crate) const BENEFITS: &[(&str, &str)] = &[
    ("SSA TREAS 310", "XXSOC SEC"),
    ("SSI TREAS 310", "XXSUPP SEC"),
    ("VA TREAS 310", "XXVA BENEF"),
    ("STATE DHS", "SNAP TANF"),
];
pub(crate) const PENSIONS: &[(&str, &str)] = &[
    ("OPM1 TREAS 310", "XXCIV SERV"),
    ("DFAS-CLEVELAND", "RET NET"),
    ("STATE TEACHERS RET", "PENSION"),
    ("FIDELITY INVEST", "PENSION"),
    ("CALPERS", "RETIREMENT"),
];
pub(crate) const PROCESSORS: &[(&str, &str)] = &[
    ("STRIPE", "TRANSFER"),
    ("SQUARE INC", "SQ DEPOSIT"),
    ("TOAST", "DEP"),
    ("CLOVER", "BANKCARD DEP"),
    ("SHOPIFY", "PAYOUT"),
];
pub(crate) const MCA_FUNDERS: &[&str] =
    &["RAPID ADV FUNDING", "KAPITUS", "CREDIBLY", "ONDECK CAPITAL", "FORA FINANCIAL", "LIBERTAS FUNDING"];
pub(crate) const SUPPLIERS: &[&str] =
    &["SYSCO", "US FOODS", "ULINE", "GRAINGER", "RESTAURANT DEPOT", "STAPLES", "HD SUPPLY", "FEDEX", "GUSTO FEE"];

/// An invented person.
pub(crate) fn person(draw: &mut Draw) -> String {
    format!("{} {}", draw.pick(FIRST), draw.pick(LAST))
}

/// An invented employer, landlord or customer.
pub(crate) fn firm(draw: &mut Draw) -> String {
    format!("{} {}", draw.pick(FIRM_HEADS), draw.pick(FIRM_TAILS))
}

/// A shop around the corner, as its card terminal names it.
pub(crate) fn shop(draw: &mut Draw) -> String {
    format!("{}{} {}", draw.pick(SHOP_PREFIXES), draw.pick(SHOP_HEADS), draw.pick(SHOP_TAILS))
}

/// The text with every invented person in it replaced by another.
pub(crate) fn replace_person(text: &str, person: &str) -> String {
    let found = FIRST.iter().find_map(|first| {
        let from = text.find(first)?;
        let rest = text.get(from + first.len() + 1..)?;
        let last = LAST.iter().find(|last| rest.starts_with(*last))?;
        Some((from, from + first.len() + 1 + last.len()))
    });
    match found {
        None => text.to_owned(),
        Some((from, to)) => format!("{}{person}{}", &text[..from], &text[to..]),
    }
}
