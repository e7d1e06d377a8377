-- a loop after developments were made
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local d = shadowing {}
    while d do end
  end,
}
