/** A wine or spirit. */
export interface Product {
  id: number;
  /** Grape or kind, vintage and cuvée: `Merlot 2014 – Réserve`. */
  name: string;
  category: string;
  /** Euros. */
  unitPrice: number;
}

const CATEGORIES = {
  Champagne: '🍾 Effervescent',
  Crémant: '🍾 Effervescent',
  Prosecco: '🍾 Effervescent',
  'Cabernet Sauvignon': '🍷 Rouge',
  Malbec: '🍷 Rouge',
  Merlot: '🍷 Rouge',
  'Pinot Noir': '🍷 Rouge',
  Syrah: '🍷 Rouge',
  Armagnac: '🥃 Spiritueux',
  Cognac: '🥃 Spiritueux',
  Rhum: '🥃 Spiritueux',
  Whisky: '🥃 Spiritueux',
  'Cinsault Rosé': '🌸 Rosé',
  'Grenache Rosé': '🌸 Rosé',
  'Syrah Rosé': '🌸 Rosé',
  Chardonnay: '🥂 Blanc',
  Riesling: '🥂 Blanc',
  'Sauvignon Blanc': '🥂 Blanc',
  Viognier: '🥂 Blanc',
};

const FIRST_ID = 1000;

/** Grape or kind, vintage, cuvée, price. */
const PRODUCTS: readonly [
  grape: keyof typeof CATEGORIES,
  vintage: number,
  cuvee: string,
  unitPrice: number,
][] = [
  ['Prosecco', 2014, 'Édition Limitée', 38.49],
  ['Cabernet Sauvignon', 2013, 'Édition Limitée', 26.32],
  ['Armagnac', 2015, 'Tradition', 74.06],
  ['Prosecco', 2018, 'Sélection', 25.4],
  ['Champagne', 2017, 'Vieilles Vignes', 41.46],
  ['Crémant', 2024, 'Prestige', 38.56],
  ['Grenache Rosé', 2025, 'Tradition', 17.06],
  ['Malbec', 2020, 'Tradition', 17.34],
  ['Armagnac', 2013, 'Sélection', 83.57],
  ['Chardonnay', 2013, 'Grande Cuvée', 15.81],
  ['Rhum', 2013, 'Prestige', 39.64],
  ['Syrah Rosé', 2024, 'Réserve', 16.49],
  ['Grenache Rosé', 2023, 'Tradition', 9.9],
  ['Crémant', 2016, 'Vieilles Vignes', 37.58],
  ['Whisky', 2019, 'Tradition', 49.95],
  ['Pinot Noir', 2023, 'Grande Cuvée', 29.61],
  ['Cinsault Rosé', 2022, 'Grande Cuvée', 19.91],
  ['Prosecco', 2017, 'Grande Cuvée', 28.77],
  ['Prosecco', 2023, 'Édition Limitée', 41.79],
  ['Pinot Noir', 2014, 'Tradition', 32.08],
  ['Merlot', 2023, 'Grande Cuvée', 27.1],
  ['Rhum', 2018, 'Prestige', 80.43],
  ['Viognier', 2022, 'Prestige', 20.87],
  ['Prosecco', 2026, 'Grande Cuvée', 35.93],
  ['Syrah', 2023, 'Édition Limitée', 23.6],
  ['Chardonnay', 2017, 'Réserve', 21.38],
  ['Syrah', 2023, 'Sélection', 15.39],
  ['Merlot', 2026, 'Réserve', 15.13],
  ['Prosecco', 2019, 'Grande Cuvée', 34.85],
  ['Cognac', 2016, 'Vieilles Vignes', 73.63],
  ['Syrah', 2016, 'Édition Limitée', 19.29],
  ['Whisky', 2021, 'Réserve', 70.35],
  ['Prosecco', 2024, 'Prestige', 53.28],
  ['Riesling', 2013, 'Grande Cuvée', 18.51],
  ['Merlot', 2014, 'Réserve', 14.41],
  ['Champagne', 2016, 'Sélection', 52.74],
  ['Prosecco', 2013, 'Vieilles Vignes', 55.22],
  ['Syrah', 2026, 'Vieilles Vignes', 18.55],
  ['Merlot', 2015, 'Sélection', 14.7],
  ['Sauvignon Blanc', 2014, 'Vieilles Vignes', 29.1],
  ['Grenache Rosé', 2018, 'Prestige', 14.36],
  ['Champagne', 2023, 'Grande Cuvée', 22.66],
  ['Sauvignon Blanc', 2012, 'Sélection', 25.71],
  ['Cognac', 2026, 'Sélection', 68.45],
  ['Riesling', 2025, 'Grande Cuvée', 28.55],
  ['Syrah', 2026, 'Grande Cuvée', 33.65],
  ['Prosecco', 2026, 'Édition Limitée', 42.7],
  ['Pinot Noir', 2019, 'Grande Cuvée', 27.43],
  ['Syrah Rosé', 2017, 'Tradition', 12.91],
  ['Armagnac', 2012, 'Édition Limitée', 62.09],
];

/** All products. They are the same in every run: id, name and price belong together. */
export const CATALOGUE: readonly Product[] = PRODUCTS.map(([grape, vintage, cuvee, unitPrice], index) => ({
  id: FIRST_ID + index,
  name: `${grape} ${vintage} – ${cuvee}`,
  category: CATEGORIES[grape],
  unitPrice,
}));
