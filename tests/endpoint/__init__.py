"""The credentials endpoint, as programs, pages in a browser and other users of the machine meet it."""
