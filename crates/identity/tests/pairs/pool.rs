//! What the pairs are made of. Names as one meets them in the United States, of many origins; written for this test alone.

pub(crate) const GIVEN: &str = "
    James Robert John Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald
    Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Jason Edward Jeffrey Ryan Jacob Gary Nicholas Eric
    Jonathan Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Dennis Tyler Aaron Jose
    Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Keith Roger Austin Sean Gerald Carl Harold Dylan
    Arthur Lawrence Jordan Jesse Bruce Gabriel Logan Albert Juan Wayne Ralph Eugene Vincent Russell Louis Philip Bradley
    Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Margaret Ashley Kimberly
    Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Kathleen Angela
    Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Rachel Olivia Carolyn Janet Maria Heather Diane Virginia
    Joyce Victoria Lauren Evelyn Judith Cheryl Megan Andrea Martha Frances Hannah Jacqueline Gloria Teresa Alice Sophia
    Janice Denise Madison Grace Abigail Beverly Amber Marilyn Brittany Natalie Wei Mei Hiroshi Yuki Priya Rajesh Sanjay
    Anjali Arjun Deepika Mohammed Ahmed Fatima Omar Aisha Khalid Layla Hassan Thanh Linh Minh Olga Dmitri Svetlana Igor
    Boris Giovanni Luigi Francesca Carlos Luis Guadalupe Miguel Ximena Lucia Esperanza Javier Rafael Kwame Ngozi Chidi
    Amara Oluwaseun Tamika Latoya Malik Keisha Siobhan Liam Fiona Ingrid Lars Astrid Stavros Eleni Demetrios Agnieszka
    Piotr Zoltan Istvan Levi Miriam Shoshana";

pub(crate) const SURNAME: &str = "
    Smith Johnson Williams Brown Jones Davis Miller Wilson Anderson Taylor Moore Jackson Martin Thompson White Harris Clark
    Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts
    Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers Morgan Peterson Cooper Bailey Reed Kelly
    Howard Ward Richardson Watson Brooks Wood Bennett Gray Hughes Price Foster Bryant Russell Griffin Hayes Ford Hamilton
    Graham Sullivan Wallace Woods Cole West Owens Reynolds Fisher Ellis Harrison Gibson Marshall Simmons Crawford Kennedy
    Burns Gordon Shaw Holmes Rice Robertson Hunt Black Palmer Rose Stone Hawkins Dunn Perkins Hudson Spencer Gardner Payne
    Pierce Berry Matthews Wagner Willis Ray Watkins Olson Carroll Duncan Snyder Hart Cunningham Bradley Lane Andrews Banks
    Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz Reyes Morales
    Cruz Ortiz Gutierrez Chavez Ramos Ruiz Mendoza Alvarez Castillo Vargas Castro Jimenez Romero Herrera Medina Aguilar
    Nguyen Tran Pham Huynh Vo Dang Kim Park Choi Jung Kang Chen Wang Zhang Liu Huang Zhao Chang Yamamoto Tanaka Watanabe
    Nakamura Suzuki Patel Shah Singh Kumar Gupta Sharma Reddy Iyer Banerjee Mukherjee Khan Hussain Rahman Ali Haddad Nasser
    Mansour Okafor Adeyemi Mensah Diallo Abebe Kamara Nwosu Cohen Levy Goldberg Rosenthal Shapiro Katz Kowalski Nowak
    Wojciechowski Zielinski Novak Horvath Nagy Popescu Ionescu Petrov Volkov Kuznetsov Romanov Sokolova Rossi Esposito
    Ferrari Bianchi Lombardi Schneider Weber Hoffmann Zimmermann Krause Jensen Lindqvist Johansson Eriksson Virtanen
    Papadakis Stavropoulos Silva Oliveira Santos Pereira Fontaine Beaulieu Thibodeaux Boudreaux Begay Tsosie Kealoha
    Fitzgerald Gallagher Montgomery Blankenship Hollingsworth Featherstone Abernathy Castellanos Villanueva Dominguez";

/// Formal name and what its bearer is called.
pub(crate) const NICKNAME: &str = "
    Robert=Bob William=Bill Richard=Dick Michael=Mike James=Jim John=Jack Joseph=Joe Thomas=Tom Charles=Chuck
    Christopher=Chris Daniel=Dan Matthew=Matt Anthony=Tony Donald=Don Steven=Steve Andrew=Andy Joshua=Josh Kenneth=Ken
    Timothy=Tim Ronald=Ron Edward=Ed Jeffrey=Jeff Jacob=Jake Nicholas=Nick Jonathan=Jon Benjamin=Ben Samuel=Sam
    Gregory=Greg Alexander=Alex Patrick=Pat Frank=Frankie Raymond=Ray Zachary=Zach Nathan=Nate Douglas=Doug Peter=Pete
    Walter=Walt Gerald=Jerry Harold=Harry Arthur=Art Lawrence=Larry Albert=Al Eugene=Gene Vincent=Vince Russell=Russ
    Philip=Phil Bradley=Brad Theodore=Ted Frederick=Fred Henry=Hank Leonard=Len Francis=Frank Randall=Randy Stephen=Steve
    Elizabeth=Liz Patricia=Patty Jennifer=Jen Barbara=Barb Susan=Sue Jessica=Jess Margaret=Peggy Kimberly=Kim
    Deborah=Debbie Stephanie=Steph Rebecca=Becky Cynthia=Cindy Dorothy=Dot Kathleen=Kathy Angela=Angie Pamela=Pam
    Nicole=Nikki Samantha=Sam Katherine=Kate Victoria=Vicky Judith=Judy Jacqueline=Jackie Theresa=Terry Abigail=Abby
    Beverly=Bev Virginia=Ginny Christina=Tina Catherine=Cathy Amanda=Mandy Sandra=Sandy Melissa=Missy Robert=Bobby
    William=Will Elizabeth=Beth Margaret=Maggie Edward=Ted Richard=Rick James=Jimmy Elizabeth=Betty Jose=Pepe
    Francisco=Paco Guadalupe=Lupe Alejandro=Alex Eleanor=Ellie Josephine=Josie Gabrielle=Gabby Madeline=Maddie
    Isabella=Bella Mohammed=Mo Maximilian=Max Nathaniel=Nate Dominic=Nick Clifford=Cliff Stanley=Stan Milton=Milt
    Geraldine=Gerri Florence=Flo Constance=Connie Lillian=Lily Roberta=Bobbie Wilhelmina=Minnie";

/// One name in two spellings.
pub(crate) const SPELLING: &str = "
    Sara=Sarah Jon=John Steven=Stephen Eric=Erik Brian=Bryan Catherine=Katherine Geoffrey=Jeffrey Mohammed=Muhammad
    Allison=Alison Rachel=Rachael Teresa=Theresa Philip=Phillip Marc=Mark Sean=Shawn Katherine=Kathryn Deborah=Debra";

/// Two names, one letter apart.
pub(crate) const NEAR_GIVEN: &str = "
    Maria=Marie Julia=Julie Jon=Joan Paul=Paula Carl=Carla Eric=Erica Diana=Diane Dean=Jean Lena=Lana Karen=Karin
    Dora=Nora Marian=Marion Adrian=Adriana Alan=Alana Roland=Rolanda Anita=Anika Elle=Ella Jason=Mason Carol=Carola
    Louis=Louise Leon=Leona Jane=Janet Frances=Francis Gina=Tina";

/// Two names that begin alike and are none of each other's short forms: a brother and sister, say.
pub(crate) const SISTER_GIVEN: &str = "
    Daniel=Danielle Michael=Michelle Patrick=Patricia Christian=Christina Stephen=Stephanie Joseph=Josephine
    George=Georgina Henry=Henrietta Brian=Brianna Nicholas=Nicole Gerald=Geraldine Bernard=Bernadette Martin=Martina
    Anthony=Antonia Gabriel=Gabriela Victor=Victoria";

/// Two surnames, a letter or two apart.
pub(crate) const NEAR_SURNAME: &str = "
    Hernandez=Fernandez Johnson=Johnston Hansen=Hanson Clark=Clarke Reed=Reid Petersen=Peterson Nielsen=Nielson
    Rogers=Rodgers Gonzales=Gonzalez Stuart=Stewart Kramer=Cramer Philips=Phillips Meyer=Mayer Schmidt=Schmitt
    Thomson=Thompson Allan=Allen Browne=Brown Martinez=Martines Stevens=Stephens Andersen=Anderson Larsen=Larson
    Green=Greene Wood=Woods Brook=Brooks";

/// Given names of the same letters, which are other names.
pub(crate) const ANAGRAM: &str = "
    Arnold=Roland Ronald=Arnold Jason=Jonas Diana=Nadia Dean=Edna Leon=Noel Lena=Neal Aidan=Diana Ernest=Nester
    Mary=Myra Lisa=Isla Nora=Aron Alice=Celia Amy=Mya Elias=Aisle Ira=Ari Karl=Lark
    Enola=Leona Lydia=Daily";

pub(crate) const DIACRITIC: &str = "
    José=Jose René=Rene Zoë=Zoe Chloé=Chloe André=Andre Mónica=Monica Jesús=Jesus Inés=Ines Andrés=Andres Sofía=Sofia
    Françoise=Francoise Łukasz=Lukasz Željko=Zeljko Ángel=Angel Raúl=Raul Héctor=Hector Noël=Noel Tomás=Tomas
    Seán=Sean Siân=Sian João=Joao Eşref=Esref Dvořák=Dvorak Thảo=Thao";

pub(crate) const DIACRITIC_SURNAME: &str = "
    Muñoz=Munoz Núñez=Nunez Peña=Pena García=Garcia Nguyễn=Nguyen Trần=Tran Côté=Cote Léger=Leger Wałęsa=Walesa
    Kovačević=Kovacevic Škoda=Skoda Őry=Ory Şahin=Sahin Conceição=Conceicao Gómez=Gomez Pérez=Perez Öztürk=Ozturk
    Čapek=Capek Žižka=Zizka Băsescu=Basescu Benítez=Benitez Ibáñez=Ibanez Yáñez=Yanez Đặng=Dang";

/// Umlauts and their like, and the two ways of doing without.
pub(crate) const UMLAUT: &str = "
    Müller=Mueller Müller=Muller Schäfer=Schaefer Schäfer=Schafer Köhler=Koehler Köhler=Kohler Groß=Gross Weiß=Weiss
    Jäger=Jaeger Böhm=Boehm Böhm=Bohm Krüger=Krueger Krüger=Kruger Schröder=Schroeder Schröder=Schroder Sørensen=Sorensen
    Sørensen=Soerensen Østergaard=Ostergaard Ågren=Agren Ærø=Aeroe Götz=Goetz Bäcker=Baecker Kühn=Kuehn Lütke=Luetke
    Mueller=Muller Koenig=König Haeussler=Häußler Strauß=Strauss";

pub(crate) const CYRILLIC: &str = "
    Сергей_Иванов=Sergei_Ivanov Дмитрий_Волков=Dmitry_Volkov Ольга_Кузнецова=Olga_Kuznetsova Иван_Петров=Ivan_Petrov
    Наталья_Соколова=Natalia_Sokolova Владимир_Попов=Vladimir_Popov Юрий_Жуков=Yuri_Zhukov Михаил_Чехов=Mikhail_Chekhov
    Алексей_Щербаков=Alexei_Shcherbakov Екатерина_Морозова=Ekaterina_Morozova Андрей_Новиков=Andrey_Novikov
    Татьяна_Федорова=Tatiana_Fedorova Анна_Зайцева=Anna_Zaytseva Борис_Хрущев=Boris_Khrushchev
    Светлана_Лебедева=Svetlana_Lebedeva Павел_Цветков=Pavel_Tsvetkov Марина_Яковлева=Marina_Yakovleva
    Игорь_Беляев=Igor_Belyaev Олег_Шевченко=Oleg_Shevchenko Людмила_Киселева=Lyudmila_Kiseleva
    Виктор_Гусев=Viktor_Gusev Елена_Титова=Elena_Titova Роман_Быков=Roman_Bykov Максим_Орлов=Maxim_Orlov";

pub(crate) const GREEK: &str = "
    Γιώργος_Παπαδόπουλος=Giorgos_Papadopoulos Νίκος_Δημητρίου=Nikos_Dimitriou Ελένη_Παππά=Eleni_Pappa
    Μαρία_Νικολάου=Maria_Nikolaou Κώστας_Γεωργίου=Kostas_Georgiou Άννα_Ιωάννου=Anna_Ioannou Δημήτρης_Καρράς=Dimitris_Karras
    Σοφία_Αλεξίου=Sofia_Alexiou Πέτρος_Μακρής=Petros_Makris Σταύρος_Λάμπρου=Stavros_Lamprou Θανάσης_Ρήγας=Thanasis_Rigas
    Ειρήνη_Βλάχου=Irini_Vlachou";

/// Surnames with a particle, written apart and together.
pub(crate) const PARTICLE: &str = "
    De_La_Cruz=Delacruz Van_Der_Berg=Vanderberg De_Leon=Deleon O'Neil=ONeil O'Brien=O_Brien McDonald=Mc_Donald
    MacArthur=Mac_Arthur D'Angelo=DAngelo De_Los_Santos=Delossantos Van_Dyke=Vandyke La_Rosa=Larosa Del_Rio=Delrio
    St._John=St_John Di_Stefano=Distefano O'Connor=Oconnor McCarthy=Mccarthy Von_Braun=Vonbraun Le_Blanc=Leblanc
    De_La_Torre=de_la_Torre O’Malley=O'Malley Da_Silva=DaSilva Van_der_Meer=van_der_Meer Fitz_Gerald=Fitzgerald
    Ben_David=Bendavid El_Amin=El-Amin Al_Masri=Al-Masri De_Jesus=Dejesus Dos_Santos=DosSantos";

/// Surnames with a particle, and without it.
pub(crate) const PARTICLE_LOST: &str = "
    De_La_Cruz=Cruz Van_Der_Berg=Berg De_Leon=Leon Van_Dyke=Dyke Del_Rio=Rio Von_Braun=Braun De_La_Torre=Torre Da_Silva=Silva
    Van_Der_Meer=Meer Dos_Santos=Santos De_Souza=Souza Van_Houten=Houten Di_Marco=Marco La_Fontaine=Fontaine";

/// The words that make a business its own.
pub(crate) const DISTINCT: &str = "
    Sunrise
    Blue River
    Evergreen
    Granite Peak
    Lakeside
    Summit
    Golden Gate
    Red Oak
    Silver Creek
    Cascade
    Harborview
    Maple Leaf
    Iron Horse
    Pinecrest
    Northstar
    Coastal
    Prairie Wind
    Copper Canyon
    Bluebonnet
    Stonebridge
    Wildflower
    Magnolia
    Cobalt
    Juniper
    Thunderbird
    Sycamore
    Redwood
    Desert Rose
    Falcon
    Keystone
    Osprey
    Marigold";

pub(crate) const TRADE: &str =
    "Plumbing Roofing Bakery Dental Consulting Landscaping Trucking Catering Electric Painting
    Bookkeeping Fitness Photography Carpentry Logistics Interiors Masonry Tutoring Florist Welding Irrigation Brewing";

/// Words of business names and what banks make of them.
pub(crate) const SHORTENED: &str = "International=Intl Manufacturing=Mfg Services=Svcs Associates=Assoc Brothers=Bros
    Center=Ctr Group=Grp Management=Mgmt National=Natl Construction=Constr Development=Dev Enterprises=Ent
    Department=Dept Properties=Props Distributors=Dist Technologies=Tech Systems=Sys American=Amer Solutions=Solns
    University=Univ";

pub(crate) const FORM: &str =
    "LLC=L.L.C. Inc=Incorporated Corp=Corporation Co=Company Ltd=Limited LLC=Limited_Liability_Company
    Inc=Inc. LLP=L.L.P. LP=L.P. PC=P.C. PLLC=P.L.L.C. LLC=llc";

pub(crate) const STREET: &str = "
    Oak
    Maple
    Washington
    Lincoln
    Cedar
    Elm
    Pine
    Walnut
    Highland
    Jefferson
    Martin Luther King
    Cherry Hill
    Willow Creek
    Madison
    Franklin
    Peachtree
    Sunset
    Magnolia
    Dogwood
    Spring Valley
    Hickory
    Chestnut
    Monroe
    Kingston
    Riverside
    Lakeview
    Prospect
    Vermont
    Bellflower
    Old Mill";

pub(crate) const KIND: &str =
    "Street=St Avenue=Ave Boulevard=Blvd Drive=Dr Road=Rd Lane=Ln Court=Ct Place=Pl Terrace=Ter
    Circle=Cir Parkway=Pkwy Highway=Hwy Trail=Trl Square=Sq Way=Wy Avenue=Av Crossing=Xing Alley=Aly Expressway=Expy
    Turnpike=Tpke Heights=Hts Point=Pt Ridge=Rdg";

/// City, state, ZIP, state in full.
pub(crate) const CITY: &str = "
    Austin|TX|78701|Texas
    Denver|CO|80203|Colorado
    Portland|OR|97205|Oregon
    Seattle|WA|98101|Washington
    Chicago|IL|60614|Illinois
    Boston|MA|02116|Massachusetts
    Atlanta|GA|30309|Georgia
    Miami|FL|33130|Florida
    Phoenix|AZ|85004|Arizona
    Charlotte|NC|28202|North Carolina
    Columbus|OH|43215|Ohio
    Nashville|TN|37203|Tennessee
    Albuquerque|NM|87102|New Mexico
    Minneapolis|MN|55403|Minnesota
    Sacramento|CA|95814|California
    Las Vegas|NV|89101|Nevada
    Salt Lake City|UT|84101|Utah
    New Orleans|LA|70112|Louisiana
    Kansas City|MO|64106|Missouri
    Virginia Beach|VA|23451|Virginia
    New York|NY|10011|New York
    Baltimore|MD|21201|Maryland
    Milwaukee|WI|53202|Wisconsin
    Detroit|MI|48226|Michigan
    Providence|RI|02903|Rhode Island
    Burlington|VT|05401|Vermont
    Charleston|WV|25301|West Virginia
    Fargo|ND|58102|North Dakota
    Jersey City|NJ|07302|New Jersey
    Honolulu|HI|96813|Hawaii";
