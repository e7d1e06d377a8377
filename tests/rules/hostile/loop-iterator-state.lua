-- an iterator over itself
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function again(s, c) return c + 1 end
    for x in again, nil, 0 do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
