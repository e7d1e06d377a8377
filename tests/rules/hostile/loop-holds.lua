-- an expensive question in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do local h = person:holds("maths@2") end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
